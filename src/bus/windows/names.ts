// The names that QueryDosDeviceW returns for the whole system, and the disks among them.

/** A list of NUL-terminated strings that ends with an empty one. */
export function parseMultiString(units: Uint16Array): string[] {
  const names: string[] = [];
  let start = 0;
  for (;;) {
    const end = units.indexOf(0, start);
    if (end <= start) return names;
    names.push(utf16(units.subarray(start, end)));
    start = end + 1;
  }
}

export function utf16(units: Uint16Array): string {
  return String.fromCharCode(...units);
}

/** In the order in which `list` gives them. */
const stems = ['PhysicalDrive', 'Tape', 'Changer', 'CdRom'];
const deviceName = new RegExp(`^(${stems.join('|')})(0|[1-9]\\d{0,8})$`, 'i');

/** `\\.\PhysicalDrive0` and so on, each once, sorted by kind and then by number. */
export function devicePaths(names: readonly string[]): string[] {
  const found = new Map<string, { kind: number; number: number }>();
  for (const name of names) {
    const [, stem, digits] = deviceName.exec(name) ?? [];
    if (stem === undefined) continue;
    const kind = stems.findIndex(known => known.toLowerCase() === stem.toLowerCase());
    found.set(`\\\\.\\${stems[kind]}${digits}`, { kind, number: Number(digits) });
  }
  return [...found].sort(([, a], [, b]) => a.kind - b.kind || a.number - b.number).map(([path]) => path);
}

/** GUID_DEVINTERFACE_DISK. */
const diskInterface = '{53f56307-b6bf-11d0-94f2-00a0c91efb8b}';

/** Paths of the disks that MPIO presents for several paths: device interfaces whose enumerator is MPIO. */
export function multipathPaths(names: readonly string[]): string[] {
  return names.filter(name => /^MPIO#Disk/i.test(name) && name.toLowerCase().endsWith(`#${diskInterface}`))
    .map(name => `\\\\?\\${name}`);
}

/** The volume of `C:\Windows\System32` in the form for CreateFileW, `\\.\C:`; null for a path without a drive letter. */
export function volumePath(directory: string): string | null {
  const letter = /^([A-Za-z]:)\\/.exec(directory)?.[1];
  return letter === undefined ? null : `\\\\.\\${letter}`;
}

/** `\Device\HarddiskVolume1` in the form for CreateFileW; null for anything else. */
export function volumeDevicePath(device: string): string | null {
  return /^\\Device\\[A-Za-z]+\d+$/.test(device) ? `\\\\?\\GLOBALROOT${device}` : null;
}
