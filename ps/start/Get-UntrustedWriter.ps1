function script:Get-UntrustedWriter {
    # Who, besides administrators and the system, may change or replace the module's files: Path and Who of the
    # first that is neither one of those nor this user, both null where there is none; Own, whether this user's
    # account may (and so any program of its that is not elevated). Folders above the module count where somebody
    # could put another folder in its place. Deny entries are not read: what they take away may be given elsewhere.
    # (Windows)
    param([string]$Executable)

    if (Test-NetworkPath $Executable) { throw $script:Messages['ModuleOnShare'] }
    $dist = [System.IO.Path]::GetDirectoryName([System.IO.Path]::GetDirectoryName($Executable))
    $module = [System.IO.Path]::GetDirectoryName($dist)
    $rights = [ordered]@{}
    foreach ($folder in $module, $script:ModuleFolder, $dist, [System.IO.Path]::GetDirectoryName($Executable)) {
        $rights[$folder] = $script:ChangingRights
        foreach ($file in [System.IO.Directory]::GetFiles($folder)) { $rights[$file] = $script:ChangingRights }
    }
    foreach ($folder in [System.IO.Directory]::GetDirectories($script:ModuleFolder)) { $rights[$folder] = $script:ChangingRights }
    for ($path = [System.IO.Path]::GetDirectoryName($module); $path; $path = [System.IO.Path]::GetDirectoryName($path)) {
        $rights[$path] = $script:ReplacingRights
    }

    Find-UntrustedWriter $rights
}

function script:Test-NetworkPath {
    # Whether a path is on a network share or a drive that stands for one. Access entries do not tell who administers its
    # server, who may change what lies there all the same. (Windows)
    param([string]$Path)

    # \\?\C:\ and \\.\C:\ are this computer's own.
    if ($Path -match '^[\\/]{2}(?![?.][\\/])' -or $Path -match '^[\\/]{2}[?.][\\/]UNC[\\/]') { return $true }
    if ($Path -notmatch '^(?:[\\/]{2}[?.][\\/])?([A-Za-z]:)') { return $false }
    return [System.IO.DriveInfo]::new($Matches[1] + '\').DriveType -eq [System.IO.DriveType]::Network
}

function script:Get-FolderWriter {
    # Who, besides these and this user, may put another file in the place of one in a folder; null: nobody. (Windows)
    param([string]$Folder)

    $rights = [ordered]@{ $Folder = $script:ChangingRights }
    for ($path = [System.IO.Path]::GetDirectoryName($Folder); $path; $path = [System.IO.Path]::GetDirectoryName($path)) {
        $rights[$path] = $script:ReplacingRights
    }
    $found = Find-UntrustedWriter $rights
    return $found['Who']
}

function script:Find-UntrustedWriter {
    # The first who is neither trusted nor this user and has such rights: Path, Who, and Own, whether this user has.
    param($Rights)

    $self = [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    $found = @{ Path = $null; Who = $null; Own = $false }
    foreach ($path in $Rights.Keys) {
        foreach ($sid in Get-Writer $path $Rights[$path]) {
            if ($sid.Value -eq $self) {
                $found['Own'] = $true
                continue
            }
            $found['Path'] = $path
            try { $found['Who'] = $sid.Translate([System.Security.Principal.NTAccount]).Value } catch { $found['Who'] = $sid.Value }
            return $found
        }
    }
    return $found
}

function script:Get-Writer {
    # Security identifiers of all that own a file or folder or have one of these rights to it, without those that
    # may always do as they like.
    param([string]$Path, [int]$Rights)

    $sections = [System.Security.AccessControl.AccessControlSections]'Access, Owner'
    if ([System.IO.Directory]::Exists($Path)) { $security = [System.Security.AccessControl.DirectorySecurity]::new($Path, $sections) }
    else { $security = [System.Security.AccessControl.FileSecurity]::new($Path, $sections) }
    # An owner may always change the entries.
    $owner = $security.GetOwner([System.Security.Principal.SecurityIdentifier])
    if ($null -ne $owner -and $owner.Value -notmatch $script:TrustedSids) { $owner }
    foreach ($entry in $security.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
        $rule = [System.Security.AccessControl.FileSystemAccessRule]$entry
        if ($rule.AccessControlType -ne [System.Security.AccessControl.AccessControlType]::Allow) { continue }
        # Meant for what lies in the folder, where it is seen as well.
        if (([int]$rule.PropagationFlags -band [int][System.Security.AccessControl.PropagationFlags]::InheritOnly) -ne 0) { continue }
        if (([int]$rule.FileSystemRights -band $Rights) -eq 0) { continue }
        if ($rule.IdentityReference.Value -notmatch $script:TrustedSids) { $rule.IdentityReference }
    }
}

# FileSystemRights, and the generic ones that an entry may hold instead: create or write, delete, change the
# entries or the owner.
$script:ChangingRights = 0x500D0046
# Of a folder above: put another in the place of what lies in it.
$script:ReplacingRights = 0x100D0040
# SYSTEM, Administrators, TrustedInstaller, the owner (who is looked at by himself), and of a domain or computer
# the accounts Administrator, Domain Admins and Enterprise Admins.
# https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
$script:TrustedSids = '^S-1-(?:5-18|5-32-544|5-80-956008885-3418522649-1831038044-1853292631-2271478464|3-0|3-4|5-21-\d+-\d+-\d+-(?:500|512|519))$'
