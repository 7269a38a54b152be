import type { KeptWeights } from '../../core/protocol/kept-weights';
import { measureMemory, type Memory } from '../memory/available';
import type { MemoryNeed } from '../memory/need';
import { planKept, planSentence } from '../memory/plan';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { Weights } from '../onnx/weights';

/** What a keeper decides about, and whom it tells. */
export interface KeeperParts {
  /** the model, as the log names it */
  readonly name: string;
  readonly need: MemoryNeed;
  readonly graphs: Pick<ModelGraphs, 'keep' | 'packed'>;
  readonly weights: Pick<Weights, 'bytesInMemory'>;
  readonly log: (line: string) => void;
  /** absent: this machine's */
  readonly measure?: () => Memory;
}

/** Decides which weights of a model are ready in memory, and decides again as memory comes and goes. */
export class WeightKeeper {
  private constructor(
    private readonly parts: KeeperParts,
    private plan: KeptWeights,
  ) {}

  /** The first decision. */
  static async start(parts: KeeperParts, free: Memory): Promise<WeightKeeper> {
    const keeper = new WeightKeeper(parts, planKept(parts.need, free));
    await keeper.follow(free);
    return keeper;
  }

  /** The plan in force. */
  get kept(): KeptWeights {
    return this.plan;
  }

  /** Decides again: to be called between two pieces of work. Answers with the memory that there is then. */
  async review(): Promise<Memory> {
    const measure = this.parts.measure ?? measureMemory;
    const free = measure();
    const plan = planKept(this.parts.need, free, { plan: this.plan, taken: this.taken() });
    if (plan.blocks === this.plan.blocks && plan.lens === this.plan.lens) return free;
    this.plan = plan;
    await this.follow(free);
    return measure();
  }

  private async follow(free: Memory): Promise<void> {
    await this.parts.graphs.keep(this.plan);
    this.parts.log(`${this.parts.name} ${planSentence(this.plan, this.parts.need, free)}`);
  }

  /** Bytes that the plan has taken so far: weights are made ready when they are first needed. */
  private taken(): number {
    const { graphs, need, weights } = this.parts;
    const { blocks, lens } = graphs.packed;
    return weights.bytesInMemory + blocks * need.packing.blocks + (lens ? need.packing.lens : 0);
  }
}
