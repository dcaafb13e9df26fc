package org.opensuse.containersnap.podman;

/// A layer's archive as podman gets it, of which only this is known before.
///
/// @param bytes as it comes
/// @param compressed whether it is more when it is unpacked
record Content(long bytes, boolean compressed) {
    /// More than any layer: what says that it is larger is not believed, so that sums stay in range.
    private static final long LARGEST = 1L << 44;

    /*
     * What a layer takes when it is unpacked must not be estimated too high: nobody can pull an image that is refused
     * for that. Archives of whole systems shrink to 35 to 40 % by gzip, to 20 to 32 % by zstd, and take 97 % of their
     * own size on btrfs; daemon/README.md has the measurements.
     */
    private static final long UNPACKED_PERCENT_OF_COMPRESSED = 150;
    private static final long UNPACKED_PERCENT_OF_PLAIN = 90;
    private static final long PERCENT = 100;

    Content {
        bytes = Math.clamp(bytes, 0, LARGEST);
    }

    /// What it takes as it came, at least.
    ///
    /// @param compressing whether the file system compresses, which makes nothing of what is compressed already
    long asItIs(boolean compressing) {
        return compressed || !compressing ? bytes : 0;
    }

    /// What it takes unpacked, at least.
    ///
    /// @param compressing whether the file system compresses, at best as well as the archive's compression
    long unpacked(boolean compressing) {
        if (compressing) {
            return compressed ? bytes : 0;
        }
        return bytes * (compressed ? UNPACKED_PERCENT_OF_COMPRESSED : UNPACKED_PERCENT_OF_PLAIN) / PERCENT;
    }
}
