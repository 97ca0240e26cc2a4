function script:Test-WithoutKey {
    # Whether a reservation that was read shows that no key is registered: the device told of none, or knows no keys at all. Keys that
    # could not be read may be there.
    param([object]$Reservation)

    return [string]$Reservation.Evidence -cmatch '(?:\A|; )READ KEYS: (?:0 keys|STATUS_(?:INVALID_DEVICE_REQUEST|NOT_IMPLEMENTED|ILLEGAL_FUNCTION|NOT_SUPPORTED))(?:;|\z)'
}
