/** A rehearsal file that cannot be used. The message begins with the file's name and the place in it. */
export class RehearsalFileError extends Error {
  override name = 'RehearsalFileError';
}
