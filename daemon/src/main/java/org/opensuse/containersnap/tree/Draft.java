package org.opensuse.containersnap.tree;

import org.opensuse.containersnap.kernel.FileStatus;

/// A copy that was made under a name of its own beside its place, to be moved there when nothing can fail any more.
///
/// @param source what it is a copy of, as it was then
public record Draft(String path, FileStatus source) {}
