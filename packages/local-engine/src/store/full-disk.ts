const codes = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether a write failed because the disk, the user's share of it, or the largest file that is allowed is full. */
export function isFullDisk(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException;
  return codes.includes(String(code)) || (cause !== undefined && isFullDisk(cause));
}
