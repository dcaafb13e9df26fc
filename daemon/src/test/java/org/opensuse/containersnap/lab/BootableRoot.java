package org.opensuse.containersnap.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opensuse.containersnap.snapshot.Requirement;

/// A root, laid out as openSUSE does, that has all that is required to be booted and not a file more.
public record BootableRoot(Path directory) {
    private static final String KERNEL = "usr/lib/modules/6.4.0-1-default/";
    private static final int ELF_HEADER_BYTES = 64;

    /// Makes the root in an empty directory.
    public static BootableRoot in(Path directory) throws IOException {
        BootableRoot root = new BootableRoot(directory);
        for (String merged : List.of("bin", "sbin", "lib", "lib64")) {
            Files.createDirectories(directory.resolve("usr/" + merged));
            root.link(merged, "usr/" + merged);
        }
        Files.createDirectory(directory.resolve(".snapshots"));
        root.program("usr/lib/systemd/systemd");
        for (String program : List.of(
                "bin/container-snap",
                "sbin/transactional-update",
                "sbin/tukit",
                "sbin/grub2-install",
                "sbin/grub2-mkconfig",
                "bin/rsync",
                "sbin/wickedd",
                "bin/bash")) {
            root.program("usr/" + program);
        }
        root.file("usr/lib64/libtukit.so.6", "\u007fELF\0\0\0container-snap \0SNAPSHOT_MANAGER\0");
        root.file("usr/etc/tukit.conf.d/container-snap.conf", "SNAPSHOT_MANAGER=\"containersnap\"\n");
        root.file(KERNEL + "vmlinuz", "MZ");
        root.file(KERNEL + "modules.dep", "kernel/fs/btrfs/btrfs.ko.zst:\n");
        root.file("usr/lib/os-release", "NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\n");
        root.link("etc/os-release", "../usr/lib/os-release");
        root.file("etc/passwd", "bin:x:1:1:bin:/bin:/usr/sbin/nologin\nroot:x:0:0:root:/root:/bin/bash\n");
        root.file("usr/lib/pam.d/login", "auth include common-auth\n");
        root.file("usr/etc/nsswitch.conf", "group: files\npasswd:\tfiles systemd\n");
        return root;
    }

    /// Takes away what one requirement is about, and nothing that another one needs.
    public void takeAway(Requirement requirement) throws IOException {
        switch (requirement) {
            case CLIENT -> remove("usr/bin/container-snap");
            case NO_SNAPPER -> program("usr/bin/snapper");
            case TRANSACTIONAL_UPDATE -> remove("usr/sbin/tukit");
            case KERNEL -> remove("usr/lib/modules");
            case SYSTEMD -> {
                remove("usr/lib/systemd/systemd");
                link("usr/bin/sh", "bash");
            }
            case BOOT_LOADER -> remove("usr/sbin/grub2-install");
            case RSYNC -> remove("usr/bin/rsync");
            case NETWORK -> remove("usr/sbin/wickedd");
            case ARCHITECTURE -> append("usr/lib/os-release", "ARCHITECTURE=vax\n");
            case SNAPSHOTS_DIRECTORY -> remove(".snapshots");
            case LOGIN -> remove("etc/passwd");
        }
    }

    /// The paths of all regular files, from the root and without the first slash.
    public List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    public Path path(String path) {
        return directory.resolve(path);
    }

    /// Writes a file, in the place of what is there.
    public void file(String path, String content) throws IOException {
        remove(path);
        Files.createDirectories(path(path).getParent());
        Files.writeString(path(path), content);
    }

    /// Writes a program of this machine, in the place of what is there.
    public void program(String path) throws IOException {
        file(path, "");
        try (InputStream own = Files.newInputStream(Path.of("/proc/self/exe"))) {
            Files.write(path(path), own.readNBytes(ELF_HEADER_BYTES));
        }
        Files.setPosixFilePermissions(path(path), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// Makes a symbolic link, in the place of what is there.
    public void link(String path, String target) throws IOException {
        remove(path);
        Files.createDirectories(path(path).getParent());
        Files.createSymbolicLink(path(path), Path.of(target));
    }

    public void append(String path, String content) throws IOException {
        file(path, Files.readString(path(path), UTF_8) + content);
    }

    /// Removes a file or a directory with all that is in it, if it is there.
    public void remove(String path) throws IOException {
        if (!Files.exists(path(path), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path(path), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException why) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
