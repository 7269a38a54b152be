/**
 * The mocha that the suite runs in. A module of its own, because it must have defined `suite` and `test` before the test
 * files are loaded.
 */
import Mocha from 'mocha';
import { measuredStart, testLimit } from '../../support/patience';
import Report from '../../support/report.cjs';

// This process is the one that runs extensions. The suite begins when it has started.
measuredStart(process.uptime() * 1000);

export const mocha = new Mocha({ ui: 'tdd', timeout: testLimit(), color: false, reporter: Report });
mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
