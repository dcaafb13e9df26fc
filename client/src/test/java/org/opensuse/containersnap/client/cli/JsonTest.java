package org.opensuse.containersnap.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void aDocumentHasAMemberALine() {
        Json json = new Json()
                .object()
                .member("name", "a \"b\" \\ \n\u001b ü")
                .member("none", "")
                .text("empty", "")
                .member("on", true)
                .member("size", -1)
                .share("progress", 0.0504)
                .share("done", 7)
                .member("names", List.of("x", "y"))
                .array("jobs")
                .object()
                .member("id", 1)
                .endObject()
                .object()
                .endObject()
                .endArray()
                .array("nothing")
                .endArray()
                .endObject();
        assertThat(json).hasToString("""
                {
                  "name": "a \\"b\\" \\\\ \\u000a\\u001b ü",
                  "none": null,
                  "empty": "",
                  "on": true,
                  "size": 18446744073709551615,
                  "progress": 0.050,
                  "done": 1.000,
                  "names": ["x", "y"],
                  "jobs": [
                    {
                      "id": 1
                    },
                    {}
                  ],
                  "nothing": []
                }""");
    }

    @Test
    void anEmptyListIsADocumentToo() {
        assertThat(new Json().array().endArray()).hasToString("[]");
    }
}
