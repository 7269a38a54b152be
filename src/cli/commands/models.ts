/** `visit models`: what can be run on this machine, and what cannot and why. */
import { Command, Option } from 'commander';
import type { ProblemData } from '../../core/problem';
import { reportLists } from '../../core/protocol/model-report';
import { showBytes } from '../../core/text/bytes';
import { escapeUnsafe } from '../../core/text/token-text';
import { scanCache, type CachedModel } from '../../hub/cache/scan';
import { summarize, tokenizerProblem, type ModelSummary } from '../../hub/model-summary';
import { hubPlaces } from '../../files/hf-environment';
import { ggufPlaces } from '../../hub/gguf/places';
import { scanGguf, type KeptGguf } from '../../hub/gguf/scan';
import { EMBEDDED, folderOf } from '../model';
import { columns } from '../output/table';
import { writeAnswer } from '../output/write';

interface ModelsCommandOptions {
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function modelsCommand(): Command {
  return new Command('models')
    .description(
      'List the models on this machine: the embedded one, those in the Hugging Face cache, and those that Ollama, LM Studio and llama.cpp keep.',
    )
    .argument('[model]', 'folder or id: only this one; with --verbose, what of its files is honoured and what nothing reads')
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .addHelpText(
      'after',
      '\nThe cache folder is set by HF_HUB_CACHE, HF_HOME or XDG_CACHE_HOME; otherwise it is ~/.cache/huggingface/hub.\nOllama’s folder is set by OLLAMA_MODELS, llama.cpp’s by LLAMA_CACHE.',
    )
    .action(async (model: string | undefined, { format }: ModelsCommandOptions, command: Command) => {
      if (model !== undefined) {
        const summary = await summarize(await folderOf(model));
        const { verbose } = command.optsWithGlobals<{ verbose?: boolean }>();
        const unread = summary.problem === null ? await tokenizerProblem(summary.folder) : null;
        const found = { ...summary, ...(unread && { tokenizer: unread }) };
        await writeAnswer(format === 'json' ? `${JSON.stringify(found)}\n` : one(model, found, verbose ?? false), undefined);
        return;
      }
      const { cache } = hubPlaces();
      const [embedded, cached, gguf] = await Promise.all([summarize(EMBEDDED), scanCache(cache), scanGguf(ggufPlaces())]);
      await writeAnswer(
        format === 'json' ? `${JSON.stringify({ cache, embedded, cached, gguf })}\n` : table(embedded, cached, gguf, cache),
        undefined,
      );
    });
}

function table(embedded: ModelSummary, cached: readonly CachedModel[], gguf: readonly KeptGguf[], cache: string): string {
  const rows = columns([
    ['MODEL', 'REVISION', 'FAMILY', 'SIZE', ''],
    ['(embedded)', '', ...facts(embedded)],
    ...cached.map((model) =>
      [
        model.file === undefined ? model.id : `${model.id}/${model.file}`,
        model.refs.length > 0 ? model.refs.join(', ') : model.commit.slice(0, 7),
        ...facts(model),
      ].map(escapeUnsafe),
    ),
    ...gguf.map((model) => [model.name, model.program, ...facts(model)].map(escapeUnsafe)),
  ]);
  return cached.length + gguf.length > 0 ? rows : `${rows}\nNo models found in ${cache}. “visit download ID” downloads one.\n`;
}

/** What is said of one model. @param summary.tokenizer why it reads no text */
function one(name: string, summary: ModelSummary & { readonly tokenizer?: ProblemData }, verbose: boolean): string {
  const { problem, report, tokenizer } = summary;
  const lines = [
    [name, ...facts(summary)].join('  '),
    ...(problem?.hint === undefined ? [] : [problem.hint]),
    ...(tokenizer ? [`warning: ${[tokenizer.message, tokenizer.hint].filter(Boolean).join(' ')}`] : []),
    ...(report?.notes ?? []).map(({ kind, text }) => `${kind}: ${text}`),
    ...(report && verbose
      ? [...reportLists(report).map(([title, items]) => `${title}: ${items.length > 0 ? items.join(', ') : 'none'}`)]
      : []),
  ];
  return lines.map((line) => `${escapeUnsafe(line)}\n`).join('');
}

function facts({ family, bytes, problem }: ModelSummary): [family: string, size: string, state: string] {
  return [family ?? '–', showBytes(bytes), problem ? `cannot be run: ${problem.message}` : 'ready'];
}
