package org.opensuse.containersnap.record;

/// A record does not say what one says.
final class DamagedRecord extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedRecord(String why) {
        super(why);
    }
}
