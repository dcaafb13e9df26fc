package org.opensuse.containersnap.journal;

/// What is told under an ID that never changes, so that programs find it whatever the words are. Each has an entry in
/// `container-snapd.catalog`, which `journalctl -x` shows.
///
/// A new one gets its ID from `systemd-id128 new`.
public enum Event {
    /// A pull, load or deletion was accepted and has begun.
    JOB_STARTED("4c8b475e0c6340039d3add79bdcc12fe"),
    /// A job has done everything, durably.
    JOB_SUCCEEDED("32744de58512470692d4c6b3f21e6709"),
    /// A job could not do what was asked.
    JOB_FAILED("51bfe92affd2496f841ec719b89c3632"),
    /// A job ended because somebody asked it to, or because the service stops: nothing is wrong.
    JOB_CANCELLED("bf2864fb480643299913aaaf239a54c2"),
    /// A job did not come to its end, because the service ended before: found out at the next start.
    JOB_INTERRUPTED("dae35bbe97ff454d991b0cf1eb8526a7"),
    /// A snapshot is there, durably, that was not before.
    SNAPSHOT_CREATED("93fd5d88979147fb9915e748566211cb"),
    /// A snapshot is gone, durably.
    SNAPSHOT_DELETED("643df5cf411e4555a75408147d0e3c60"),
    /// The next boot takes another snapshot than before, durably.
    DEFAULT_CHANGED("28233cb8e32942e4a23ac6dcad0dfd6f"),
    /// The next boot takes what was booted before the last switch, durably.
    ROLLED_BACK("e733a2c6f9404e1daecf9360a9173216"),
    /// What was switched to was booted and found good, durably.
    TRIAL_PASSED("8e5d1c3ba1744426992863117448faf4"),
    /// What was switched to did not prove itself, and the machine went back: found out at the next start.
    TRIAL_FAILED("1a3a5df76b574062bdd38c59172321f2"),
    /// A caller was refused because of who it is.
    ACCESS_DENIED("96e2633c9949470fa7f5ac245f8bac05"),
    /// A record could not be read and lies beside the others now, where nothing reads it.
    RECORD_SET_ASIDE("bb0764ed178b45f19803bc9cbd241290"),
    /// A record was missing and was made again of what the disk tells.
    RECORD_REBUILT("7ae56d1130a64648ae36b1f0ac7b2c69"),
    /// Something has the name of a snapshot or a layer and is no subvolume, so it is none.
    NOT_A_SUBVOLUME("3ba1413eb6c6493db416e3bcd6266d3a");

    private final String id;

    Event(String id) {
        this.id = id;
    }

    /// The MESSAGE_ID of systemd.journal-fields(7).
    @Override
    public String toString() {
        return id;
    }
}
