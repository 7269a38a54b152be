/**
 * The mocha that the suite runs in. A module of its own, because it must have defined `suite` and `test` before the test
 * files are loaded.
 */
import Mocha from 'mocha';
import Report from '../../support/report.cjs';

/** Long enough for the first run on a busy machine, which starts the engine and loads the model. */
const TIMEOUT = 60_000;

export const mocha = new Mocha({ ui: 'tdd', timeout: TIMEOUT, color: false, reporter: Report });
mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
