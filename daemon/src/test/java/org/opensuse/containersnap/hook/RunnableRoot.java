package org.opensuse.containersnap.hook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.opensuse.containersnap.lab.Tool;

/// A root in a btrfs subvolume, with a shell and the few programs of this machine that scripts need.
record RunnableRoot(Path directory) {
    private static final String FILL = """
            btrfs subvolume create "$1" >&2
            chmod 755 "$1"
            root=$1
            shift
            for merged in bin sbin lib lib64; do
                mkdir -p "$root/usr/$merged"
                ln -s "usr/$merged" "$root/$merged"
            done
            mkdir "$root/usr/lib/locale"
            cp --recursive /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
            for program; do
                real=$(type -P "$program")
                printf '%s\\n' "$real"
                ldd "$real" | grep -o '/[^ ]*' || true
            done | sort -u | xargs cp --parents --dereference --target-directory "$root"
            """;

    static RunnableRoot in(Path directory) {
        Tool.run(
                "bash",
                "-ec",
                FILL,
                "bash",
                directory.toString(),
                "bash",
                "sh",
                "cat",
                "env",
                "grep",
                "head",
                "id",
                "ls",
                "mkdir",
                "mount",
                "readlink",
                "sed",
                "sleep",
                "sort",
                "tail",
                "touch",
                "tr",
                "true");
        return new RunnableRoot(directory);
    }

    /// Another one with the same in it.
    RunnableRoot copy(Path directory) {
        Tool.run("btrfs", "subvolume", "snapshot", this.directory.toString(), directory.toString());
        return new RunnableRoot(directory);
    }

    Path path(String path) {
        return directory.resolve(path.substring(1));
    }

    void file(String path, String content) throws IOException {
        Files.createDirectories(path(path).getParent());
        Files.writeString(path(path), content);
    }

    void program(String path, String script) throws IOException {
        file(path, "#!/bin/bash\n" + script);
        Files.setPosixFilePermissions(path(path), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
