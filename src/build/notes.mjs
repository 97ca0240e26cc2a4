// What a version brings, from CHANGELOG.md.

/** The section of a version; of one that has none yet, what is unreleased. */
export function releaseNotes(changelog, version) {
  const sections = new Map(changelog.split(/^## /m).slice(1).map((text) => {
    const [, name] = /^\[([^\]]+)\]/.exec(text) ?? [];
    return [name, text.slice(text.indexOf('\n') + 1).trim()];
  }));
  const notes = sections.get(version) ?? sections.get('Unreleased');
  if (!notes) throw new Error(`CHANGELOG.md says nothing of ${version}`);
  return notes;
}
