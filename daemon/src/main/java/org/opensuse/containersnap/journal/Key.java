package org.opensuse.containersnap.journal;

import java.util.Locale;
import java.util.Set;

/// What an entry of the journal can be about: the keys for `addKeyValue` of a logger, which are the names of the
/// journal's fields. A key that is not here becomes text of the message only.
public final class Key {
    private static final String OURS = "CONTAINER_SNAP_";

    /// An [Event].
    public static final String EVENT = "MESSAGE_ID";

    /// Number of a job.
    public static final String JOB = OURS + "JOB";

    /// What a job does: `pull`, `load`, `delete-image`.
    public static final String OPERATION = OURS + "OPERATION";

    /// ID of a snapshot.
    public static final String SNAPSHOT = OURS + "SNAPSHOT";

    /// Path of a subvolume, from the top level of its file system; `/` for the top level itself.
    public static final String SUBVOLUME = OURS + "SUBVOLUME";

    /// ID of an image.
    public static final String IMAGE = OURS + "IMAGE";

    /// A registry reference, an archive, or a name of an image.
    public static final String REFERENCE = OURS + "REFERENCE";

    /// File of a hook.
    public static final String HOOK = OURS + "HOOK";

    /// Member of the bus interface that was called.
    public static final String MEMBER = OURS + "MEMBER";

    /// Unique bus name of a caller.
    public static final String CALLER = OURS + "CALLER";

    /// User ID of a caller.
    public static final String CALLER_UID = OURS + "CALLER_UID";

    /// Why something failed, in the words that the caller gets.
    public static final String ERROR = OURS + "ERROR";

    private static final Set<String> FIELDS = Set.of(
            EVENT, JOB, OPERATION, SNAPSHOT, SUBVOLUME, IMAGE, REFERENCE, HOOK, MEMBER, CALLER, CALLER_UID, ERROR);

    private Key() {}

    /// Whether the key is the name of a field.
    static boolean isField(String key) {
        return FIELDS.contains(key);
    }

    /// The key in the text of a line.
    static String word(String key) {
        return key.startsWith(OURS) ? key.substring(OURS.length()).toLowerCase(Locale.ROOT) : key;
    }
}
