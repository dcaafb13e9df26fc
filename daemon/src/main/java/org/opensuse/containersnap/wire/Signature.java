package org.opensuse.containersnap.wire;

import java.util.ArrayList;
import java.util.List;

/// D-Bus signatures, as the D-Bus specification's "Type System" defines them.
public final class Signature {
    private Signature() {}

    /// The single complete types of a signature, in order.
    ///
    /// @throws IllegalArgumentException when it ends within a type
    public static List<String> split(String signature) {
        List<String> types = new ArrayList<>();
        int start = 0;
        while (start < signature.length()) {
            int end = end(signature, start);
            types.add(signature.substring(start, end));
            start = end;
        }
        return types;
    }

    /// Index behind the single complete type that begins at `start`.
    private static int end(String signature, int start) {
        int depth = 0;
        for (int i = start; i < signature.length(); i++) {
            char c = signature.charAt(i);
            if (c == '(' || c == '{') {
                depth++;
            } else if (c == ')' || c == '}') {
                depth--;
            }
            if (depth == 0 && c != 'a') {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("incomplete signature " + signature);
    }
}
