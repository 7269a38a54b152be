/** The model as far as a lens has to fit it. */
export interface LensSize {
  readonly nLayers: number;
  readonly dModel: number;
}
