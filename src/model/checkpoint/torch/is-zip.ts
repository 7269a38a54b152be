import type { OpenFile } from '../source';

/** Whether a file begins as zip files do. @throws what reading throws */
export async function isZip({ read }: OpenFile): Promise<boolean> {
  return (await read(0, 4)).toString('latin1') === 'PK\x03\x04';
}
