/*
 * What torture-probe.ts needs of Windows beside the bus, through native code alone:
 *
 *   threads PID    how many threads a process has
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winternl.h>

#include <stdio.h>
#include <wchar.h>

static int threads(ULONG_PTR pid)
{
    static BYTE bytes[1 << 20];
    const SYSTEM_PROCESS_INFORMATION *process = (void *)bytes;

    if (NtQuerySystemInformation(SystemProcessInformation, bytes, sizeof(bytes), NULL))
        return 1;
    while ((ULONG_PTR)process->UniqueProcessId != pid) {
        if (!process->NextEntryOffset)
            return 1;
        process = (const void *)((const BYTE *)process + process->NextEntryOffset);
    }
    printf("%lu\n", process->NumberOfThreads);
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    return argc == 2 ? threads(wcstoul(argv[1], NULL, 10)) : 2;
}
