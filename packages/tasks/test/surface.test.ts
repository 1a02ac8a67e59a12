import { describe, expect, it } from 'vitest';
import * as main from '../src/index.js';
import * as queries from '../src/queries/index.js';
import * as testing from '../src/testing/index.js';

describe('the public surface', () => {
  it('of the package', () => {
    expect(Object.keys(main).sort()).toEqual([
      ...['TasksError', 'createTasks', 'isFinal', 'migrateTasks', 'nextState', 'sqliteBackend', 'systemLeaseClock'],
      'toTaskRecord',
    ]);
  });

  it('of ./queries', () => {
    expect(Object.keys(queries).sort()).toEqual([
      ...[
        'countsPlan',
        'createTaskReader',
        'eventsPlan',
        'listPlan',
        'matchPlan',
        'runPlan',
        'runPlanAsync',
        'runsOfPlan',
        'runsPlan',
      ],
      ...['taskPlan', 'toTaskEvent', 'toTaskRecord', 'toTaskRun', 'toTaskSummary'],
    ]);
  });

  it('of ./testing', () => {
    expect(Object.keys(testing).sort()).toEqual(['backendCases', 'createNudgeHub']);
  });
});
