import * as root from '@tale/protocol';
import * as testing from '@tale/protocol/testing';
import { expect, it } from 'vitest';

it('exports these names and no others', () => {
  expect(Object.keys(root).sort()).toEqual([
    'ProtocolError',
    'callErrorCodes',
    'callLabels',
    'commandErrorCodes',
    'configErrorCodes',
    'contextErrorCodes',
    'conversationActions',
    'conversationArgumentsSchema',
    'conversationViewSchema',
    'endStates',
    'engineErrorCodes',
    'errorEnvelope',
    'errorEnvelopeSchema',
    'forecastSchema',
    'forgetViewSchema',
    'isEndState',
    'isErrorEnvelope',
    'maxPromptCharacters',
    'memoryActions',
    'memoryArgumentsSchema',
    'memoryKinds',
    'memoryOrigins',
    'memoryStates',
    'memoryViewSchema',
    'messageViewSchema',
    'normalizePrompt',
    'requestErrorCodes',
    'runtimeFileSchema',
    'settingsSchema',
    'storageErrorCodes',
    'systemErrorCodes',
    'taleErrorCodes',
    'taskErrorCodes',
    'taskEventSchema',
    'taskStates',
    'taskViewSchema',
    'toTaskView',
    'toWellFormed',
    'toWireInstants',
    'transportErrorCodes',
  ]);
  expect(Object.keys(testing).sort()).toEqual(['sampleEnvelope', 'sampleTaskView']);
});
