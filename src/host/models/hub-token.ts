/**
 * The access token for the Hub: that of the editor's secret storage, else the one that other tools have kept.
 */
import type { SecretStorage } from 'vscode';
import { Problem } from '../../core/problem';
import { hubPlaces, savedToken } from '../../files/hf-environment';
import type { HubAccess } from '../../hub/remote/connection';

/** Lends access to the Hub, and asks for a token where one is wanted. */
export class HubToken {
  /**
   * @param secrets the editor's
   * @param ask lets the user give a token; undefined when none was given
   */
  constructor(
    private readonly secrets: Pick<SecretStorage, 'get' | 'store'>,
    private readonly ask: (why: Problem) => Thenable<string | undefined>,
  ) {}

  /** How the Hub is reached now. */
  async access(): Promise<HubAccess> {
    const places = hubPlaces();
    const { endpoint, offline } = places;
    return { endpoint, offline, token: await this.secrets.get(keyOf(endpoint)) ?? await savedToken(places) };
  }

  /**
   * Does `work`, again with a token that the user gives where the Hub wants one or refuses the one it was given.
   * @throws Problem `hub-unauthorized` when the user gives none, and what `work` throws
   */
  async withAccess<T>(work: (access: HubAccess) => Promise<T>): Promise<T> {
    for (;;) {
      const access = await this.access();
      try {
        return await work(access);
      } catch (thrown) {
        const problem = Problem.from(thrown);
        const token = problem.code === 'hub-unauthorized' ? (await this.ask(problem))?.trim() : undefined;
        if (!token) throw problem;
        await this.secrets.store(keyOf(access.endpoint), token);
      }
    }
  }
}

/** Each Hub has its own: a token is not told to another. */
function keyOf(endpoint: string): string {
  return `visit.hubToken ${endpoint}`;
}
