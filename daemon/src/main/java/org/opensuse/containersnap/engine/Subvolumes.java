package org.opensuse.containersnap.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Subvolume;

/// The port to btrfs. Every answer is the kernel's at the moment of the call.
public interface Subvolumes {
    /// The subvolume whose top directory this is; empty when there is nothing or something else. A symbolic link is
    /// something else, and so is another subvolume that is mounted over the directory.
    Optional<Subvolume> find(Path directory) throws Failure;

    /// What a subvolume is known by and what it is a snapshot of.
    Lineage lineage(Path directory) throws Failure;

    /// Makes an empty subvolume. Not durable before [#sync].
    void create(Path directory) throws Failure;

    /// Makes a read-write snapshot of a subvolume, durable on return. Subvolumes inside the source are not taken along.
    ///
    /// @param target must not exist; its parent is on the source's file system
    void snapshot(Path source, Path target) throws Failure;

    /// Deletes a subvolume with what is in it; refused by the kernel, with nothing lost, when it is the default or has
    /// subvolumes inside.
    void delete(Path directory) throws Failure;

    void setReadOnly(Path directory, boolean readOnly) throws Failure;

    /// Makes a subvolume the one that is mounted where none is named. Not durable before [#sync].
    ///
    /// @param directory anything on its file system
    void setDefault(Path directory, long id) throws Failure;

    /// The subvolume that the next boot takes, of the file system of `/`.
    Mounted defaultOfRoot() throws Failure;

    /// The subvolume that `/` is mounted from.
    ///
    /// @throws Failure.NotBtrfs when `/` is not on btrfs
    Mounted booted() throws Failure;

    /// The subvolume of the file system of `/` that has an ID; empty when there is none, or none any more.
    Optional<Identity> identify(long id) throws Failure;

    /// Tells what a subvolume's files refer to on the devices, in any order, the same as often as it is referred to.
    ///
    /// @param directory any on its file system
    void extents(Path directory, long id, ExtentVisitor visitor) throws Failure;

    /// Hears of extents.
    @FunctionalInterface
    interface ExtentVisitor {
        /// Takes note of one.
        ///
        /// @param start where it begins
        /// @param bytes that it takes, compressed as it is
        void extent(long start, long bytes);
    }

    /// Paths of the subvolumes inside a subvolume, at any depth, relative to it.
    List<String> inside(Path directory) throws Failure;

    /// Where something is mounted at or below a directory, as this process sees it.
    List<Path> mountsIn(Path directory) throws Failure;

    /// Makes all that was written to the directory's file system durable.
    void sync(Path directory) throws Failure;

    /// Checks that a directory is on the btrfs file system of `/`.
    ///
    /// @throws Failure.NotBtrfs when the directory is not on the btrfs file system of `/`
    void requireSameFileSystemAsRoot(Path directory) throws Failure;

    /// A subvolume of the file system of `/`.
    ///
    /// @param path from the file system's top level, without a leading slash; empty for the top level itself
    record Mounted(long id, String path) {}

    /// A subvolume of the file system of `/`, with all that it is known by. An ID never comes back on its file system;
    /// a UUID is that of no other subvolume anywhere.
    ///
    /// @param path as of [Mounted], at that moment
    record Identity(long id, String path, UUID uuid) {
        Mounted mounted() {
            return new Mounted(id, path);
        }
    }

    /// What btrfs knows a subvolume by, everywhere and forever.
    ///
    /// @param parent of which it is a snapshot; that one may be gone
    record Lineage(UUID uuid, Optional<UUID> parent) {}
}
