function Get-ForeignWriter {
    # Who, besides administrators, the system and this user, may change or replace the module's files: an array of
    # path and name of the first that is found, or null. Folders above the module count where somebody could put
    # another folder in its place. Deny entries are not read: what they take away may be given elsewhere. (Windows)
    param([string]$Executable)

    $dist = [System.IO.Path]::GetDirectoryName([System.IO.Path]::GetDirectoryName($Executable))
    $module = [System.IO.Path]::GetDirectoryName($dist)
    $paths = [System.Collections.Generic.List[string]]::new()
    foreach ($folder in $module, $script:ModuleFolder, $dist, [System.IO.Path]::GetDirectoryName($Executable)) {
        $paths.Add($folder)
        $paths.AddRange([System.IO.Directory]::GetFiles($folder))
    }
    $paths.AddRange([System.IO.Directory]::GetDirectories($script:ModuleFolder))
    foreach ($path in $paths) {
        $who = Get-ForeignRight $path $script:ChangingRights
        if ($null -ne $who) { return $path, $who }
    }
    for ($path = [System.IO.Path]::GetDirectoryName($module); $path; $path = [System.IO.Path]::GetDirectoryName($path)) {
        $who = Get-ForeignRight $path $script:ReplacingRights
        if ($null -ne $who) { return $path, $who }
    }
}

function Get-ForeignRight {
    # Name of the first account with one of these rights to a file or folder that should not have it, or null.
    param([string]$Path, [int]$Rights)

    $sections = [System.Security.AccessControl.AccessControlSections]'Access, Owner'
    if ([System.IO.Directory]::Exists($Path)) { $security = [System.Security.AccessControl.DirectorySecurity]::new($Path, $sections) }
    else { $security = [System.Security.AccessControl.FileSecurity]::new($Path, $sections) }
    $sids = [System.Collections.Generic.List[object]]::new()
    # An owner may always change the entries.
    $sids.Add($security.GetOwner([System.Security.Principal.SecurityIdentifier]))
    foreach ($rule in $security.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
        if ($rule.AccessControlType -ne [System.Security.AccessControl.AccessControlType]::Allow) { continue }
        # Meant for what lies in the folder, where it is seen as well.
        if (([int]$rule.PropagationFlags -band [int][System.Security.AccessControl.PropagationFlags]::InheritOnly) -ne 0) { continue }
        if (([int]$rule.FileSystemRights -band $Rights) -ne 0) { $sids.Add($rule.IdentityReference) }
    }
    $own = [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    foreach ($sid in $sids) {
        if ($null -eq $sid -or $sid.Value -eq $own -or $sid.Value -match $script:TrustedSids) { continue }
        try { return $sid.Translate([System.Security.Principal.NTAccount]).Value } catch { return $sid.Value }
    }
}

# FileSystemRights, and the generic ones that an entry may hold instead: create or write, delete, change the entries
# or the owner.
$script:ChangingRights = 0x500D0046
# Of a folder above: put another in the place of what lies in it.
$script:ReplacingRights = 0x100D0040
# SYSTEM, Administrators, TrustedInstaller, the owner (who is looked at by himself), and of a domain or computer the
# accounts Administrator, Domain Admins and Enterprise Admins.
# https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
$script:TrustedSids = '^S-1-(?:5-18|5-32-544|5-80-956008885-3418522649-1831038044-1853292631-2271478464|3-0|3-4|5-21-\d+-\d+-\d+-(?:500|512|519))$'
