// Who can write to a folder, as its security descriptor says in SDDL: the rules of ps/start/
// Get-UntrustedWriter.ps1, in which the module's own folders are looked at. Pure: text in, security identifiers
// out. https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format

/** Rights to create or write, to delete, to change the entries or the owner, and the generic rights that include them. */
export const changingRights = 0x500d0046;
/** Rights on a folder above that allow replacing a folder in it. */
export const replacingRights = 0x100d0040;

/**
 * SYSTEM, Administrators, TrustedInstaller, the owner (who is checked on his own), and of a domain or computer
 * the accounts Administrator, Domain Admins and Enterprise Admins.
 */
const trusted = new RegExp('^S-1-(?:5-18|5-32-544|5-80-956008885-3418522649-1831038044-1853292631-2271478464|3-0|3-4|'
  + '5-21-\\d+-\\d+-\\d+-(?:500|512|519))$');
/** SDDL's abbreviations for them. */
const trustedWords: ReadonlySet<string> = new Set(['SY', 'BA', 'CO', 'OW', 'LA', 'DA', 'EA']);

/** Rights of files and folders by SDDL's abbreviations; those with several names are the same bit. */
const words: Readonly<Record<string, number>> = {
  GA: 0x10000000, GX: 0x20000000, GW: 0x40000000, GR: 0x80000000,
  RC: 0x20000, SD: 0x10000, WD: 0x40000, WO: 0x80000,
  CC: 0x1, DC: 0x2, LC: 0x4, SW: 0x8, RP: 0x10, WP: 0x20, DT: 0x40, LO: 0x80, CR: 0x100,
  FA: 0x1f01ff, FR: 0x120089, FW: 0x120116, FX: 0x1200a0,
};

/** Null for rights that cannot be parsed, which may be any. */
function rightsOf(text: string): number | null {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number(text);
  if (/^[0-9]{1,10}$/.test(text)) return Number.parseInt(text, text.startsWith('0') ? 8 : 10);
  let rights = 0;
  for (const word of text.match(/.{1,2}/gs) ?? []) {
    const right = Object.hasOwn(words, word) ? words[word]! : null;
    if (right === null) return null;
    rights |= right;
  }
  return rights;
}

const isTrusted = (sid: string): boolean => trustedWords.has(sid) || trusted.test(sid);

/** Entries that grant rights: plain, for objects, and with a condition. */
const allowing: ReadonlySet<string> = new Set(['A', 'OA', 'XA', 'ZA']);
const denying: ReadonlySet<string> = new Set(['D', 'OD', 'XD']);

/**
 * The first account, besides administrators and the system, that owns the folder or has one of these rights: a security
 * identifier, or SDDL's abbreviation; null where there is none. A descriptor that cannot be parsed counts as granting rights
 * to everybody. Deny entries are ignored: the rights may be granted to the account in another way.
 */
export function untrustedWriter(sddl: string, rights: number): string | null {
  const everybody = 'S-1-1-0';
  const parts = /^(?:O:(.*?))?(?:G:.*?)?(?:D:(.*?))?(?:S:.*)?$/s.exec(sddl);
  const owner = parts?.[1] ?? '';
  if (owner === '') return everybody;
  if (!isTrusted(owner)) return owner;
  // Without a list everybody has all rights; with an empty list nobody has any.
  const list = parts?.[2];
  if (list === undefined || list.includes('NO_ACCESS_CONTROL')) return everybody;
  const entries = /^([A-Z]*)((?:\(.*\))?)$/s.exec(list);
  if (entries === null) return everybody;
  for (const entry of splitEntries(entries[2]!)) {
    const [type = '', flags = '', given = '', , , sid = ''] = entry.split(';');
    if (denying.has(type)) continue;
    if (!allowing.has(type)) return everybody;
    // Inherit-only: applies to files in the folder, not to the folder itself.
    if (/^(?:..)*IO/.test(flags)) continue;
    const its = rightsOf(given);
    if (its !== null && (its & rights) === 0) continue;
    if (!isTrusted(sid)) return sid === '' ? everybody : sid;
  }
  return null;
}

/** A condition at the end of an entry has brackets of its own. */
function splitEntries(list: string): string[] {
  const entries: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < list.length; i++) {
    if (list[i] === '(' && depth++ === 0) start = i + 1;
    if (list[i] === ')' && --depth === 0) entries.push(list.slice(start, i));
  }
  return entries;
}

/** The folder and those above it, up to the root of the volume, in Windows' form. */
export function foldersAbove(folder: string): string[] {
  const all: string[] = [];
  for (let path = folder; ;) {
    all.push(path);
    const up = path.replace(/[\\/]+[^\\/]+[\\/]*$/, '');
    if (up === path || up === '' || /^[\\/]{1,2}[^\\/]*$/.test(up)) return all;
    // `C:` alone would be that drive's current folder.
    path = /^[A-Za-z]:$/.test(up) ? `${up}\\` : up;
    if (path === all.at(-1)) return all;
  }
}

const names: Readonly<Record<string, string>> = {
  BU: 'Users', AU: 'Authenticated Users', WD: 'Everyone', IU: 'Interactive', AN: 'Anonymous', BG: 'Guests',
  NU: 'Network', DU: 'Domain Users', PU: 'Power Users', LS: 'Local Service', NS: 'Network Service', 'S-1-1-0': 'Everyone',
};

/** The name of an identifier in a sentence. */
export const writerName = (sid: string): string => (Object.hasOwn(names, sid) ? names[sid]! : sid);
