package org.opensuse.containersnap.verify;

/// What came out of holding a root against one requirement.
///
/// @param mend empty when it is met
record Verdict(boolean met, String found, String mend) {
    static Verdict met(String found) {
        return new Verdict(true, found, "");
    }

    static Verdict lacking(String found, String mend) {
        return new Verdict(false, found, mend);
    }
}
