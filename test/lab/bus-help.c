/*
 * What bus-smoke.mjs needs of Windows beside the bus, through native code alone:
 *
 *   bus-help link NAME TARGET ...   gives devices of the object manager further names in \??\, until Wine ends (Wine's
 *                                   DefineDosDevice crashes on names as long as those of device interfaces)
 *   bus-help handles PID            how many handles a process has (Wine's GetProcessHandleCount always says 0)
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winternl.h>

#include <stdio.h>
#include <wchar.h>

NTSTATUS NTAPI NtCreateSymbolicLinkObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, UNICODE_STRING *);

static int link_device(const WCHAR *new_name, const WCHAR *device)
{
    WCHAR path[1024];
    UNICODE_STRING name, target;
    OBJECT_ATTRIBUTES attributes;
    HANDLE link;

    swprintf(path, sizeof(path) / sizeof(path[0]), L"\\??\\%ls", new_name);
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&target, device);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_PERMANENT, NULL, NULL);
    NTSTATUS status = NtCreateSymbolicLinkObject(&link, 0xF0001, &attributes, &target);
    printf("%ls: %lx\n", path, (unsigned long)status);
    return status != 0;
}

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
    printf("%lu\n", process->HandleCount);
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    int failed = 0;
    if (argc == 3 && !wcscmp(argv[1], L"handles"))
        return handles(wcstoul(argv[2], NULL, 10));
    for (int i = 2; i + 1 < argc; i += 2)
        failed |= link_device(argv[i], argv[i + 1]);
    return failed;
}
