/** What the workbench keeps in the browser: the state of window, workspace and extensions. */
import type { Page } from 'playwright-core';
import { eventually, leaveWorkbench } from './workbench';

/**
 * Waits until the workbench has written this text to the storage that outlives a reload, which it does when it has time to.
 * JSON stands there within JSON: backslashes do not count.
 */
export async function untilStored(page: Page, text: string): Promise<void> {
  await eventually(async () => {
    if (!(await isStored(page, text))) throw new Error(`${text} is not stored.`);
  });
}

/**
 * Leaves the workbench without its layout being stored: what a browser does that is too busy. Afterwards the page is one of the
 * same server, from which the workbench can be opened again.
 */
export async function leaveWithoutLayout(page: Page, address: string): Promise<void> {
  await leaveWorkbench(page, address);
  await page.evaluate(async (key) => {
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(`${name} does not open`));
      });
      for (const store of database.objectStoreNames) {
        await new Promise<void>((resolve, reject) => {
          const request = database.transaction(store, 'readwrite').objectStore(store).delete(key);
          request.onsuccess = () => resolve();
          request.onerror = () => reject(new Error(`${name} does not answer`));
        });
      }
      database.close();
    }
  }, 'memento/workbench.parts.editor');
}

/** Empties that storage, once the workbench has been left: the next window knows nothing of it. */
export async function forgetWorkbench(page: Page, address: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: address, storageTypes: 'indexeddb,local_storage' });
  await session.detach();
}

async function isStored(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(`${name} does not open`));
      });
      try {
        for (const store of database.objectStoreNames) {
          const values = await new Promise<unknown[]>((resolve, reject) => {
            const request = database.transaction(store).objectStore(store).getAll();
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(new Error(`${name} does not answer`));
          });
          if (values.some((value) => typeof value === 'string' && value.replaceAll('\\', '').includes(wanted))) return true;
        }
      } finally {
        database.close();
      }
    }
    return false;
  }, text);
}
