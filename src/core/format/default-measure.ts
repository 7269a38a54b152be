/** What shares are of unless told otherwise. Apart from the schema, so that the page, which needs no schema, bundles none. */
import type { TokenMeasure } from './share-measure';

/** See `TokenMeasure`. */
export const DEFAULT_MEASURE = 'centred' satisfies TokenMeasure;
