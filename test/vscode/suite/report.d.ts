/** The project's reporter is plain JavaScript, because mocha loads it without a compiler. */
declare module '*/support/report.cjs' {
  import type { ReporterConstructor } from 'mocha';

  const Report: ReporterConstructor;
  export default Report;
}
