// The shells that `completion` writes a script for, and what the help says of it; the scripts are in completion.ts.

export const shells = ['powershell', 'bash', 'zsh'] as const;
export type Shell = (typeof shells)[number];

export const completionUsage = {
  usage: 'completion <shell>',
  about: `Write a script for Tab: ${shells.join(', ')}`,
  remarks: [
    'How to use it:',
    '  PowerShell: storage-release completion powershell | Out-String | Invoke-Expression',
    '  bash:       . <(storage-release completion bash)',
    '  zsh:        storage-release completion zsh > a file called _storage-release in a',
    '              folder of $fpath',
  ],
} as const;
