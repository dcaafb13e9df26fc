package org.opensuse.containersnap.client.story;

/// What a machine is asked to do, with what has to be there before.
enum Operation {
    INIT("rm -rf --one-file-system /var/lib/container-snap/*", "container-snap init"),
    PULL("container-snap init; gone", "container-snap pull $1"),
    LOAD("container-snap init; gone", "container-snap load -i /root/two.tar"),
    DELETE_IMAGE(
            "[[ $(id_of localhost/one:1) ]] || { gone; load; }", "container-snap delete --id $(id_of localhost/one:1)"),
    UNTAG("tiny; store tag $LAB_REGISTRY/tiny:1 localhost/more:1", "container-snap delete --url localhost/more:1"),
    CREATE_SNAPSHOT("tiny; no_works", "container-snap create-snapshot $(id_of tiny:1)"),
    DELETE_SNAPSHOT("tiny; [[ $(works) ]] || container-snap create-snapshot $(id_of tiny:1)", "no_works"),
    SET_READ_ONLY(
            "tiny; no_works; writable $(id_of tiny:1)", "container-snap set-readonly-state --readonly $(id_of tiny:1)"),
    PIN("tiny; container-snap unpin $(id_of tiny:1)", "container-snap pin $(id_of tiny:1)"),
    UNPIN("tiny; container-snap pin $(id_of tiny:1)", "container-snap unpin $(id_of tiny:1)"),
    DEPLOY("bootable; first; no_works; rm -f /run/reboot-needed", "container-snap deploy $(id_of made/bootable:1)"),
    SWITCH("tiny; first; no_works", "container-snap switch $(id_of tiny:1)"),
    ROLLBACK("tiny; first; no_works; container-snap switch $(id_of tiny:1)", "container-snap rollback"),
    FORGET_ROLLBACK("tiny; first; no_works; container-snap switch $(id_of tiny:1)", "container-snap rollback --forget"),
    /// From here on what is booted has an origin.
    CHECK_UPDATE(
            "tiny; run_from $(id_of tiny:1); rm -f /var/lib/container-snap/state/check/answer.json",
            "container-snap update --check || [ $? = 77 ]") {
        @Override
        boolean needsReboot() {
            return true;
        }
    },
    BLESS("tiny; run_from $(id_of tiny:1); on_trial $(id_of tiny:1)", "container-snap bless") {
        @Override
        boolean needsReboot() {
            return true;
        }
    };

    /// Makes the archive that is loaded: `$1` is a program that makes it.
    static final String ARCHIVE = "\"$1\" /root/two.tar";

    private static final String WORDS = """
            store() {
                podman --root /var/lib/container-snap/snapshots --runroot /run/container-snap/storage \\
                    --storage-driver btrfs "$@"
            }
            id_of() { container-snap list-images | sed -n "s|^\\([0-9a-f]*\\),.*$1.*|\\1|p"; }
            tiny() { [[ $(id_of tiny:1) ]] || container-snap pull "$LAB_REGISTRY/tiny:1" 2>/dev/null; }
            bootable() {
                [[ $(id_of made/bootable:1) ]] || container-snap pull "$LAB_REGISTRY/made/bootable:1" 2>/dev/null
            }
            load() { container-snap load -i /root/two.tar 2>/dev/null; }
            first() {
                btrfs subvolume set-default "$(btrfs inspect-internal rootid /)" /
                container-snap rollback --forget
                # What was on trial is not the default any more, of which the next start would take note.
                rm -f /var/lib/container-snap/state/trials/*
            }
            writable() { container-snap set-readonly-state --no-readonly "$1"; }
            run_from() {
                [[ $(container-snap get-readonly-state "$1") == false ]] || writable "$1"
                container-snap switch "$1"
            }
            on_trial() {
                mkdir -p /var/lib/container-snap/state/trials
                printf 'snapshot %s\\nback 5\\ntries 3\\nseconds 600\\ntry\\n' "$1" \\
                    >"/var/lib/container-snap/state/trials/$1"
            }
            works() { container-snap list-snapshots | grep -o '^[0-9a-f]*-work[0-9]*' || true; }
            no_works() { works | while read -r id; do container-snap delete --id "$id"; done; }
            gone() {
                first
                no_works
                local id
                for id in $(container-snap list-images | grep -oE '^[0-9a-f]{64}' || true); do
                    container-snap delete --id "$id"
                done
            }
            """;

    private final String prepare;
    private final String command;

    Operation(String prepare, String command) {
        this.prepare = prepare;
        this.command = command;
    }

    /// A script that makes what has to be there, whatever is there.
    String toPrepare() {
        return WORDS + prepare;
    }

    /// Whether it can be done only when the machine was booted from what was prepared.
    boolean needsReboot() {
        return false;
    }

    /// A script that does it: `$1` is a reference to the image that is pulled.
    String toRun() {
        return WORDS + command;
    }
}
