// For tests of what writes no log.

import type { LogSource } from '../../src/log/result-log.ts';

export const noLogs: LogSource = {
  files: () => Promise.reject(new Error('no logs here')), events: async () => null, fullPath: (file) => file, computer: 'here', processId: 1,
  version: '0',
};
