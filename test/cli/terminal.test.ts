// What needs somebody at the other end: a terminal, Ctrl+C, a reader that goes away, PowerShell.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runPowerShell } from '../ps/powershell.ts';
import { type Watching, busFile, documentOf, executable, rehearse, root, start } from './executable.ts';

/** Whether util-linux's script is here to make a terminal. */
const script = (() => {
  try {
    return /util-linux/.test(execFileSync('script', ['--version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
})();

/** At a terminal; stdout and stderr come out of it as one. The keys are pressed when `cue` has appeared. */
async function atTerminal(
  args: string, cue: RegExp, keys: string,
): Promise<{ shown: string; exitCode: number | null }> {
  let pressed = false;
  const watching: Watching = {
    watch: ({ stdout }, child) => {
      if (pressed || !cue.test(stdout)) return;
      pressed = true;
      child.stdin?.write(keys);
    },
  };
  // `exec`: a shell that stays in between would die of the same Ctrl+C, and script would tell of that.
  const command = `exec '${executable}' ${args} --rehearsal ${busFile()}`;
  const { stdout, exitCode } = await start('script', ['-qec', command, '/dev/null'], { ...watching, keepStdinOpen: true });
  return { shown: stdout.replaceAll('\r\n', '\n'), exitCode };
}

describe.skipIf(!script)('at a terminal', () => {
  const question = /\[y\/N\] $/;

  test.each<[string, string, number, RegExp]>([
    ['y', 'y\n', 0, /2  ACME Disk Two +S-0002 +Accepted/],
    ['yes', 'YES\n', 0, /1  ACME Disk One +S-0001 +Accepted/],
    ['Enter', '\n', 3, /Disks 1, 2: Refused\. Not confirmed\. Nothing was sent\./],
    ['n', 'n\n', 3, /Not confirmed/],
    ['anything else', 'yup\n', 3, /Not confirmed/],
    ['Ctrl+D', '\x04', 3, /Not confirmed/],
    ['Ctrl+C', '\x03', 3, /Not confirmed/],
  ])('%s', async (_, keys, exitCode, said) => {
    const ran = await atTerminal('release 1 2', question, keys);
    expect(ran.shown).toContain('IOCTL_STORAGE_RELEASE would be sent to these 2 disks of host-a:\n'
      + '  1: ACME Disk One, serial S-0001, id 6000000000000001A000000000000001\n'
      + '  2: ACME Disk Two, serial S-0002, id 6000000000000001A000000000000002\n'
      + 'Release these 2 disks? [y/N] ');
    expect(ran.shown).toMatch(said);
    expect(ran.exitCode).toBe(exitCode);
  });

  test('disks that would not be sent to are answered before the question, and not part of it', async () => {
    const { shown, exitCode } = await atTerminal('release 0 1', question, 'y\n');
    expect(shown).toMatch(/0  ACME Disk Zero .* Refused .*\n.*this disk of host-a:\n  1: .*\nRelease this disk\?/);
    expect(shown).toMatch(/Disk 0: Refused/);
    expect(exitCode).toBe(3);
  });

  test('nothing to ask, no question', async () => {
    const { shown, exitCode } = await atTerminal('release 0 77', question, '');
    expect(shown).not.toMatch(/\[y\/N\]/);
    expect(exitCode).toBe(7);
  });

  test('--yes asks nothing', async () => {
    const { shown, exitCode } = await atTerminal('release 1 --yes', question, '');
    expect(shown).not.toMatch(/\[y\/N\]/);
    expect(exitCode).toBe(0);
  });
});

describe('rows come as they are known', () => {
  // Disk 9 hangs for an hour, and the row of disk 1 is there all the same.
  test.each([
    ['table', / 1 +ACME Disk One +S-0001 +Accepted/, 'TimedOut'],
    ['clixml', /<U32 N="Number">1<\/U32>.*Accepted/, 'TimedOut'],
  ])('%s', async (format, row, outcome) => {
    let before = '';
    const ran = await rehearse(['release', '9', '1', '--yes', '--timeout', '3600', '-o', format], {
      watch: ({ stdout, stderr }, child) => {
        if (before === '' && row.test(stdout)) {
          before = stdout;
          child.kill('SIGINT');
        } else if (/Interrupted: /.test(stderr) && !/Once more.*Once more/s.test(stderr)) {
          child.kill('SIGINT');
        }
      },
    });
    expect(before).not.toContain(outcome);
    expect(ran.stdout).toContain(outcome);
    expect(ran.exitCode).toBe(9);
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl+C', () => {
  test('once: what waits is refused, what is with its driver is waited for', async () => {
    const ran = await rehearse(['release', '13', '1', '2', '--yes', '--throttle', '1', '--verbose', '-o', 'json'], {
      watch: ({ stderr }, child) => {
        if (/disk 13: sending/.test(stderr) && !/Interrupted/.test(stderr)) child.kill('SIGINT');
      },
    });
    expect(documentOf(ran).results?.map(({ Number: n, Outcome }) => [n, Outcome]))
      .toEqual([[13, 'Accepted'], [1, 'Refused'], [2, 'Refused']]);
    expect(ran.stderr).toContain('waiting at most 30 s for the disks still at work (1). Press Ctrl+C again to leave at once.');
    expect(ran.exitCode).toBe(3);
  });

  test('twice: what is with its driver is left there, and said to be', async () => {
    const ran = await rehearse(['release', '9', '1', '--yes', '--throttle', '1', '--verbose', '-o', 'json'], {
      watch: ({ stderr }, child) => {
        if (/disk 9: sending/.test(stderr)) child.kill('SIGINT');
      },
    });
    const { results } = documentOf(ran);
    expect(results?.map(({ Outcome }) => Outcome)).toEqual(['TimedOut', 'Refused']);
    expect(results?.[0]?.Message).toContain('unknown');
    expect(ran.exitCode).toBe(9);
  });
});

describe('a reader that is gone', () => {
  test.skipIf(process.platform === 'win32')('ends the run with one sentence and code 1', async () => {
    const command = `'${executable}' release 1 2 --yes --rehearsal '${busFile()}' > /dev/full`;
    const ran = await start('sh', ['-c', command]);
    expect(ran.stderr).toMatch(/^storage-release: not all results could be written: ENOSPC/m);
    expect(ran.exitCode).toBe(1);
  });
});

describe('PowerShell', () => {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

  test('reads the objects of list, and releases them', async () => {
    const bus = busFile();
    const { stdout, stderr } = await runPowerShell({
      command: `
        Import-Module ${quoted(join(root, 'StorageRelease.psd1'))}
        Enter-StorageRehearsal -Path ${quoted(bus)} -WarningAction SilentlyContinue
        & ${quoted(executable)} list --rehearsal ${quoted(bus)} --output clixml 2>$null |
          Where-Object { $_.Number -in 1, 2, 14 -or $_.DevicePath -eq '\\\\.\\Tape0' } |
          Invoke-StorageRelease -Force | ForEach-Object { "$($_.Number) $($_.Outcome)" }`,
    });
    expect(stdout.split(/\r?\n/).filter((line) => line !== '').sort(), stderr)
      .toEqual([' Accepted', '1 Accepted', '14 Accepted', '2 Accepted']);
  });

  // Windows PowerShell takes all that follows the mark as one document; PowerShell 7, each line.
  test.each([
    ['one document up to the end', '$text.Substring($text.IndexOf("`n") + 1)'],
    ['one document a line', '$text.Split("`n")[1]'],
  ])('finds all objects by the rule of %s', async (_, rest) => {
    const { stdout, stderr } = await runPowerShell({
      command: `
        $start = [System.Diagnostics.ProcessStartInfo]::new(${quoted(executable)},
          ${quoted(`list --rehearsal "${busFile()}" --output clixml`)})
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $text = $process.StandardOutput.ReadToEnd()
        $all = @([System.Management.Automation.PSSerializer]::Deserialize(${rest}))
        "$($all.Count) $($all[0].Number) $($text.Split("\`n").Length)"`,
    });
    expect(stdout.trim(), stderr).toMatch(/^1\d 0 3$/);
  });

  test('reads the objects of release with their types', async () => {
    const { stdout, stderr } = await runPowerShell({
      command: `
        $all = @(& ${quoted(executable)} release 1 77 --yes --rehearsal ${quoted(busFile())} --output clixml 2>$null)
        $all | ForEach-Object { "$($_.Number) $($_.Number.GetType().Name) $($_.Outcome) $($_.StartedAt.Kind)" }
        "exit $LASTEXITCODE"`,
    });
    expect(stdout.split(/\r?\n/).filter((line) => line !== '').sort(), stderr)
      .toEqual(['1 UInt32 Accepted Utc', '77 UInt32 NotFound Utc', 'exit 7']);
  });
});
