import { expect, it } from 'vitest';
import * as anthropic from '../src/backends/anthropic/index.js';
import * as root from '../src/index.js';
import * as remote from '../src/remote/index.js';
import * as server from '../src/server/index.js';
import * as testing from '../src/testing/index.js';

it('the runtime exports of each entry are these and no others', () => {
  expect(Object.keys(root).sort()).toEqual([
    'ModelPoolError',
    'chooseModels',
    'createModelPool',
    'estimateNeedBytes',
    'explainEntries',
    'memoryBudget',
    'metricSeries',
    'readInstalledModels',
    'readMemory',
    'replayDecision',
    'replayLog',
  ]);
  expect(Object.keys(server).sort()).toEqual(['createPoolHandler', 'describeRefusal']);
  expect(Object.keys(remote).sort()).toEqual(['ModelPoolError', 'createRemotePool']);
  expect(Object.keys(anthropic)).toEqual(['anthropicBackend']);
  expect(Object.keys(testing).sort()).toEqual([
    'backendCases',
    'callCases',
    'fakeAnthropicFaultGroups',
    'fakeFaultGroups',
    'fakeFaultKinds',
    'faultCaseTimers',
    'faultCases',
    'openAiCases',
    'parseFakeFault',
    'runAbortStorm',
    'runBackendSuite',
    'skipReason',
    'startFakeAnthropic',
    'startFakeOllama',
  ]);
});
