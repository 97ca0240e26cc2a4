/*
 * What the core is measured against in the lab: the same disks in a C loop, one thread, synchronous handles.
 *
 *   lab-loop bare FIRST DISKS COUNT    CreateFile, IOCTL_STORAGE_RELEASE, CloseHandle
 *   lab-loop whole FIRST DISKS COUNT   the same with the requests that the core sends on the way: which disk it
 *                                      is, and whether it is clustered
 *
 * Goes round DISKS disks from \\.\PhysicalDriveFIRST until it has done COUNT; prints microseconds for each.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winioctl.h>

#include <stdio.h>
#include <wchar.h>

#define IOCTL_DISK_IS_CLUSTERED_ CTL_CODE(IOCTL_DISK_BASE, 0x3E, METHOD_BUFFERED, FILE_ANY_ACCESS)

static BOOL ask(HANDLE disk, DWORD code, void *input, DWORD length, void *output, DWORD room)
{
    DWORD returned;
    return DeviceIoControl(disk, code, input, length, output, room, &returned, NULL);
}

static BOOL identify(HANDLE disk)
{
    static BYTE answer[1024];
    STORAGE_PROPERTY_QUERY device = { .PropertyId = StorageDeviceProperty };
    STORAGE_PROPERTY_QUERY ids = { .PropertyId = 2 /* StorageDeviceIdProperty */ };

    return ask(disk, IOCTL_STORAGE_GET_DEVICE_NUMBER, NULL, 0, answer, 12)
        && ask(disk, IOCTL_STORAGE_QUERY_PROPERTY, &device, sizeof(device), answer, sizeof(answer))
        && ask(disk, IOCTL_STORAGE_QUERY_PROPERTY, &ids, sizeof(ids), answer, sizeof(answer))
        && ask(disk, IOCTL_DISK_IS_CLUSTERED_, NULL, 0, answer, 1);
}

int wmain(int argc, WCHAR **argv)
{
    LARGE_INTEGER started, ended, frequency;
    BOOL whole;
    ULONG first, disks, count;
    WCHAR path[64];

    if (argc != 5)
        return 2;
    whole = !wcscmp(argv[1], L"whole");
    first = wcstoul(argv[2], NULL, 10);
    disks = wcstoul(argv[3], NULL, 10);
    count = wcstoul(argv[4], NULL, 10);
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&started);
    for (ULONG i = 0; i < count; i++) {
        swprintf(path, 64, L"\\\\.\\PhysicalDrive%lu", first + i % disks);
        HANDLE disk = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                                  NULL);
        if (disk == INVALID_HANDLE_VALUE || (whole && !identify(disk))
            || !ask(disk, IOCTL_STORAGE_RELEASE, NULL, 0, NULL, 0) || !CloseHandle(disk)) {
            fprintf(stderr, "%ls: %lu\n", path, GetLastError());
            return 1;
        }
    }
    QueryPerformanceCounter(&ended);
    printf("%f\n", 1e6 * (double)(ended.QuadPart - started.QuadPart) / (double)frequency.QuadPart / count);
    return 0;
}
