/*
 * What bus-smoke.mjs needs of Windows beside the bus, through native code alone:
 *
 *   bus-help handles PID            how many handles and threads a process has (Wine's GetProcessHandleCount always
 *                                   says 0)
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winternl.h>

#include <stdio.h>
#include <wchar.h>

static int handles(ULONG_PTR pid)
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
    printf("%lu %lu\n", process->HandleCount, process->NumberOfThreads);
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    return argc == 3 && !wcscmp(argv[1], L"handles") ? handles(wcstoul(argv[2], NULL, 10)) : 2;
}
