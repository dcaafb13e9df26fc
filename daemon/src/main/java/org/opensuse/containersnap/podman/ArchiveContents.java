package org.opensuse.containersnap.podman;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.podman.StoreIndex.StoredLayer;

/// What the headers of an archive of images say about the room that loading it takes. It is a forecast: of an
/// archive that can't be read nothing is known, and podman has the words for what is wrong with it.
///
/// @param sizeBytes of the archive
/// @param blobs the files in it
record ArchiveContents(long sizeBytes, List<Blob> blobs) {
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 12;
    private static final int MAGIC_AT = 257;
    private static final int MOST_FILES = 10_000;

    /// A blob of an oci-archive, and a layer of a docker-archive as podman and skopeo name it.
    private static final Pattern DIGEST = Pattern.compile("(?:\\./)?(blobs/sha256/)?([0-9a-f]{64})(?:\\.tar)?");

    ArchiveContents {
        blobs = List.copyOf(blobs);
    }

    /// A file.
    ///
    /// @param ofOci whether podman takes it out of the archive before it reads it
    /// @param digest of the content, as the name says; empty when it doesn't
    record Blob(boolean ofOci, Optional<String> digest, Content content) {}

    /// Reads the headers of a tar archive; of one that is compressed as a whole, or none, there is no blob.
    static ArchiveContents read(RandomAccessFile file, long sizeBytes) throws IOException {
        List<Blob> blobs = new ArrayList<>();
        byte[] header = new byte[BLOCK];
        long at = 0;
        while (at + BLOCK <= sizeBytes && blobs.size() < MOST_FILES) {
            file.seek(at);
            file.readFully(header);
            long size = size(header);
            if (size < 0 || size > sizeBytes - at - BLOCK) {
                break;
            }
            at += BLOCK;
            if (size > 0) {
                blobs.add(blob(text(header, 0, NAME_BYTES), new Content(size, compressed(file, at))));
            }
            at += (size + BLOCK - 1) / BLOCK * BLOCK;
        }
        return new ArchiveContents(sizeBytes, blobs);
    }

    /// The bytes that podman takes at least: for a copy of the archive, of an oci-archive for another one of
    /// its files, for a copy of each layer that the store lacks, and for that layer unpacked.
    long bytesToLoad(StoreIndex store, boolean compressing) {
        Set<String> stored = new HashSet<>();
        for (StoredLayer layer : store.layers().values()) {
            stored.addAll(List.of(layer.compressedDigest(), layer.diffDigest()));
        }
        long bytes = compressing ? 0 : sizeBytes;
        for (Blob blob : blobs) {
            bytes += compressing ? blob.content.asItIs(true) : 0;
            bytes += blob.ofOci ? blob.content.asItIs(compressing) : 0;
            if (blob.digest.isPresent() && stored.add(blob.digest.get())) {
                bytes += blob.content.asItIs(compressing) + blob.content.unpacked(compressing);
            }
        }
        return bytes;
    }

    private static Blob blob(String name, Content content) {
        Matcher named = DIGEST.matcher(name);
        return named.matches()
                ? new Blob(named.group(1) != null, Optional.of("sha256:" + named.group(2)), content)
                : new Blob(false, Optional.empty(), content);
    }

    /// The size in a header; negative when it is none.
    private static long size(byte[] header) {
        if (!text(header, MAGIC_AT, 5).equals("ustar")) {
            return -1;
        }
        try {
            return Long.parseLong(text(header, SIZE_AT, SIZE_BYTES).strip(), 8);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    /// Whether it is what gzip or zstd wrote.
    private static boolean compressed(RandomAccessFile file, long at) throws IOException {
        file.seek(at);
        int first = file.read();
        int second = file.read();
        return (first == 0x1f && second == 0x8b) || (first == 0x28 && second == 0xb5);
    }

    private static String text(byte[] header, int at, int length) {
        String text = new String(header, at, length, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }
}
