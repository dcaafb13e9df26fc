package org.opensuse.containersnap.snapshot;

import java.util.Optional;

/// A path of a new root that somebody should look at, in the words of the contract.
///
/// @param path in the root
/// @param reason such as `both-changed`
/// @param detail what of it the conflict is about, such as `permissions`; empty when that is all
/// @param beside where the image's is when the running system's took its place
public record MergeConflict(String path, String reason, String detail, Optional<String> beside) {}
