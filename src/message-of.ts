/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the system says of a file, in words that follow "The file X cannot be read: ". */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file or its folder does not exist',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'the system does not let this user open it',
  EPERM: 'the system does not let this user open it',
  ELOOP: 'its path goes through too many links',
  ENAMETOOLONG: 'its name is too long',
  EROFS: 'its file system can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'this user may not write more to the disk',
  EFBIG: 'the file would be larger than this process may write',
  EBUSY: 'another process uses it',
  EIO: 'the device reported an error',
};

/** Without the code, the call and the path that Node puts into its message. */
export function fileReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? messageOf(error).replace(/, \w+(?: '[^]*)?$/, '').replace(/\.$/, '');
}
