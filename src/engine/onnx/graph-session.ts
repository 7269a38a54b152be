import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { Problem } from '../../core/problem';
import { exhaustedMemory } from '../memory/exhausted';
import type { ExecutionProvider, SessionDemand } from './execution-providers';

/** What runs a graph: a session of onnxruntime, or several. */
export interface GraphSession {
  readonly inputNames: readonly string[];
  /** @param wanted outputs that are copied out of it; absent: all */
  run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

/** What a session may use. */
export interface SessionMeans {
  /** folder of the files that its graph maps */
  readonly root: string;
  /** whether it may hold on to the memory that it worked with */
  readonly holds: boolean;
}

/**
 * Microseconds for which threads spin while they wait for the next step of a graph: about as long as a step takes. Without a limit, on a busy machine
 * they take the cores from the thread that they wait for; without spinning, waking them takes as long as the work on a quiet one.
 */
const SPINNING = 50;

/**
 * A session of onnxruntime.
 *
 * @throws Problem `out-of-memory`, `internal`
 */
export async function openSession(
  provider: ExecutionProvider,
  demand: SessionDemand,
  { root, holds }: SessionMeans,
): Promise<GraphSession> {
  const { extra, ...options } = provider.sessionOptions(demand);
  try {
    const session = await InferenceSession.create(demand.description, {
      ...options,
      enableCpuMemArena: holds,
      // It would hold the largest batch's buffers for good, and saves no time.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: {
        ...extra,
        session: {
          ...extra.session,
          'intra_op.spin_duration_us': String(SPINNING),
          model_external_initializers_file_folder_path: root,
        },
      },
    });
    return {
      inputNames: session.inputNames,
      run: (feeds, wanted) => (wanted ? session.run(feeds, wanted) : session.run(feeds)),
      release: () => session.release(),
    };
  } catch (error) {
    throw asProblem(error);
  }
}

/** What onnxruntime threw, as people are told. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return (
    exhaustedMemory(error) ??
    new Problem('internal', `onnxruntime: ${error instanceof Error ? error.message : String(error)}`, undefined, { cause: error })
  );
}
