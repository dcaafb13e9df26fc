package org.opensuse.containersnap.client.cli;

import java.util.List;
import java.util.Optional;
import org.teavm.interop.StaticInit;

/// The commands of the program.
@StaticInit
enum Verb {
    STATUS("status", "", "what is booted, what the next boot takes, what goes on", Status.HELP),
    DEPLOY("deploy", "REF | ID", "have the next boot take a new system", Deploy.HELP),
    UPDATE("update", "[--check]", "have the next boot take the newest image of what is booted", Update.HELP),
    PULL("pull", "REF", "get an image from its registry", Pull.HELP),
    LOAD("load", "-i FILE | TRANSPORT:PATH", "get an image from an archive", Load.HELP),
    LIST_IMAGES("list-images", "", "list the images", ListImages.HELP),
    LIST_SNAPSHOTS("list-snapshots", "", "list the snapshots", ListSnapshots.HELP),
    JOBS("jobs", "", "list what runs and what ran", ListJobs.HELP),
    CREATE_SNAPSHOT("create-snapshot", "ID", "make a writable copy of a snapshot", CreateSnapshot.HELP),
    GET_ROOT("get-root", "ID", "print a snapshot's directory", GetRoot.HELP),
    VERIFY("verify", "ID | NAME", "tell what a snapshot lacks to be booted", Verify.HELP),
    SWITCH("switch", "ID", "make the next boot take a snapshot", Switch.HELP),
    ROLLBACK("rollback", "[--forget]", "make the next boot take what was booted before", Rollback.HELP),
    BLESS("bless", "", "find the booted system good, so that it stays", Bless.HELP),
    GET_DEFAULT("get-default", "", "print the snapshot that the next boot takes", GetDefault.HELP),
    GET_CURRENT("get-current", "", "print the snapshot that is booted", GetCurrent.HELP),
    SET_READONLY_STATE(
            "set-readonly-state",
            "--readonly | --no-readonly ID",
            "make a snapshot read-only, or writable",
            SetReadOnlyState.HELP),
    GET_READONLY_STATE("get-readonly-state", "ID", "print whether a snapshot is read-only", GetReadOnlyState.HELP),
    PIN("pin", "ID", "have a snapshot kept", Pin.HELP),
    UNPIN("unpin", "ID", "no longer have a snapshot kept", Pin.UNPIN_HELP),
    DELETE("delete", "--id ID | --url NAME", "delete a snapshot or an image", Delete.HELP),
    PRUNE("prune", "[--dry-run]", "delete old snapshots and images", Prune.HELP),
    INIT("init", "", "make the store", Init.HELP),
    HELP("help", "[COMMAND]", "explain a command", Help.HELP);

    private final String word;
    private final String synopsis;
    private final String summary;
    private final String help;

    Verb(String word, String synopsis, String summary, String help) {
        this.word = word;
        this.synopsis = synopsis;
        this.summary = summary;
        this.help = help;
    }

    static Optional<Verb> find(String word) {
        for (Verb verb : values()) {
            if (verb.word.equals(word)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }

    /// The command with the arguments that the words give it.
    Command parse(Words words) throws UsageError {
        return switch (this) {
            case STATUS -> Status.parse(words);
            case UPDATE -> Update.parse(words);
            case PULL -> Pull.parse(words);
            case LOAD -> Load.parse(words);
            case LIST_IMAGES -> ListImages.parse(words);
            case LIST_SNAPSHOTS -> ListSnapshots.parse(words);
            case JOBS -> ListJobs.parse(words);
            case CREATE_SNAPSHOT -> CreateSnapshot.parse(words);
            case GET_ROOT -> GetRoot.parse(words);
            case VERIFY -> Verify.parse(words);
            case SWITCH -> Switch.parse(words);
            case ROLLBACK -> Rollback.parse(words);
            case BLESS -> Bless.parse(words);
            case GET_DEFAULT -> GetDefault.parse(words);
            case GET_CURRENT -> GetCurrent.parse(words);
            case SET_READONLY_STATE -> SetReadOnlyState.parse(words);
            case GET_READONLY_STATE -> GetReadOnlyState.parse(words);
            case PIN -> Pin.parse(words, true);
            case UNPIN -> Pin.parse(words, false);
            case DELETE -> Delete.parse(words);
            case DEPLOY -> Deploy.parse(words);
            case PRUNE -> Prune.parse(words);
            case INIT -> Init.parse(words);
            case HELP -> Help.parse(words);
        };
    }

    /// What a person types.
    String word() {
        return word;
    }

    /// What comes after it, beside the common options.
    String synopsis() {
        return synopsis;
    }

    /// What it does, in a few words.
    String summary() {
        return summary;
    }

    /// Its own options.
    List<Option> options() {
        return switch (this) {
            case STATUS, LIST_IMAGES, LIST_SNAPSHOTS, JOBS, VERIFY -> List.of(Option.JSON);
            case UPDATE -> List.of(Option.CHECK, Option.DIGEST, Option.REBOOT, Option.POLICY, Option.JSON);
            case LOAD -> List.of(Option.INPUT);
            case SET_READONLY_STATE -> List.of(Option.READONLY, Option.NO_READONLY, Option.FORCE);
            case ROLLBACK -> List.of(Option.FORGET);
            case DEPLOY -> List.of(Option.STAGE_ONLY, Option.IGNORE, Option.DIGEST, Option.REBOOT, Option.DRY_RUN);
            case PRUNE -> List.of(Option.KEEP_LAST, Option.KEEP_DAYS, Option.FREE, Option.DRY_RUN, Option.JSON);
            case DELETE -> List.of(Option.ID, Option.URL);
            case PULL,
                    CREATE_SNAPSHOT,
                    GET_ROOT,
                    SWITCH,
                    BLESS,
                    GET_DEFAULT,
                    GET_CURRENT,
                    GET_READONLY_STATE,
                    PIN,
                    UNPIN,
                    INIT,
                    HELP -> List.of();
        };
    }

    /// What it does, its options and examples.
    String help() {
        return help;
    }
}
