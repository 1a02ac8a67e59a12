import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What failed and the first lines of why. */
const failure = (where, errors) => {
  const lines = errors.flatMap(({ name, message }) => stripVTControlCharacters(`${name}: ${message}`).split('\n'));
  return [`FAIL  ${where}`, ...lines.slice(0, 3).map((line) => `      ${line}`)].join('\n');
};

/** Of one file of tests: its failed tests and what went wrong outside of them. */
function failuresOf(module) {
  const tests = [...module.children.allTests('failed')];
  const suites = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return [
    ...suites.map((suite) => failure(suite.fullName ?? module.relativeModuleId, suite.errors())),
    ...tests.map((test) => failure(`${module.relativeModuleId}: ${test.fullName}`, test.result().errors)),
  ];
}

/** A reporter of vitest that leaves a file with nothing but the failures of a run, and no file when nothing failed. */
export class FailuresReporter {
  constructor(file) {
    this.file = file;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const failures = modules.flatMap(failuresOf);
    if (unhandledErrors.length > 0) failures.push(failure('outside of every test', unhandledErrors));
    rmSync(this.file, { force: true });
    if (failures.length === 0) return;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${failures.join('\n')}\n`);
  }
}
