/** `visit download`: a model from the Hugging Face Hub into the cache that all its tools share. */
import { Argument, Command, InvalidArgumentError } from 'commander';
import { showBytes } from '../../core/text/bytes';
import { hubPlaces, savedToken } from '../../files/hf-environment';
import { downloadModel, downloadSize } from '../../hub/remote/download';
import { inspectRepository } from '../../hub/remote/repository';
import { isRepositoryId } from '../../hub/repository-id';
import { interruptible } from '../interrupt';
import { progressLine } from '../output/progress-line';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';

interface DownloadCommandOptions {
  readonly revision: string;
}

function repositoryId(text: string): string {
  if (!isRepositoryId(text)) throw new InvalidArgumentError('Ids look like openai-community/gpt2.');
  return text;
}

/** The command with its options. */
export function downloadCommand(): Command {
  return new Command('download')
    .description('Download a model from the Hugging Face Hub into the Hugging Face cache; prints its folder.')
    .addArgument(new Argument('<id>', 'repository, such as openai-community/gpt2').argParser(repositoryId))
    .option('--revision <revision>', 'branch, tag or commit', 'main')
    .addHelpText(
      'after',
      '\nOnly the files that are needed are downloaded. An interrupted download resumes where it stopped. HF_ENDPOINT, HF_TOKEN and\nHF_HUB_CACHE are honoured, as is the login from “hf auth login”.',
    )
    .action(async (id: string, { revision }: DownloadCommandOptions) => {
      const places = hubPlaces();
      const { cache, endpoint, offline } = places;
      const access = { endpoint, offline, token: await savedToken(places) };
      const folder = await interruptible(async (signal) => {
        const plan = await inspectRepository(access, id, revision, signal);
        const { total, missing } = await downloadSize(plan, cache);
        const left = missing < total ? `, of which ${showBytes(missing)} remain to be downloaded` : '';
        surroundings().stderr.write(
          `${id} (${plan.family}) at ${plan.commit.slice(0, 7)}: ${plan.files.length} files, ${showBytes(total)}${left}\n`,
        );
        const line = progressLine();
        return downloadModel(access, plan, { cache, signal, onProgress: line.report }).finally(line.end);
      });
      await writeAnswer(`${folder}\n`, undefined);
    });
}
