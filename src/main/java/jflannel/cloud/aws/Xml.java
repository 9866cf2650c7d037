package jflannel.cloud.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// An element of an answer of EC2: names, texts and elements within elements. Attributes are skipped, and there are no
/// document types and no entities but XML's own five and characters by number, so that an answer cannot make the reader
/// fetch or expand anything. Java's own parser is in a module that this program's Java does without.
record Xml(String name, String text, List<Xml> children) {
    private static final int DEEPEST = 50;

    /// @throws IllegalArgumentException if that is no such text
    static Xml parse(String text) {
        Reader reader = new Reader(text);
        reader.skipProlog();
        Xml root = reader.element(0);
        reader.skipBlanks();
        if (reader.at != text.length()) {
            throw reader.unexpected();
        }
        return root;
    }

    /// The elements of that name within this one.
    Stream<Xml> all(String child) {
        return children.stream().filter(each -> each.name.equals(child));
    }

    /// What is in the list of that name, whose elements EC2 calls `item`.
    Stream<Xml> items(String list) {
        return all(list).flatMap(each -> each.all("item"));
    }

    /// The text of the element of that name; empty without one.
    String text(String child) {
        return find(child).map(Xml::text).orElse("");
    }

    Optional<Xml> find(String child) {
        return all(child).findFirst();
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        IllegalArgumentException unexpected() {
            return new IllegalArgumentException("unexpected XML at character " + at);
        }

        void skipBlanks() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        void skipProlog() {
            skipBlanks();
            if (text.startsWith("<?", at)) {
                at = after("?>");
            }
            skipBlanks();
        }

        Xml element(int depth) {
            expect("<");
            if (depth > DEEPEST) {
                throw unexpected();
            }
            String name = name();
            int end = after(">");
            boolean empty = text.charAt(end - 2) == '/';
            at = end;
            return empty ? new Xml(name, "", List.of()) : content(name, depth);
        }

        private Xml content(String name, int depth) {
            StringBuilder words = new StringBuilder();
            List<Xml> children = new ArrayList<>();
            while (!text.startsWith("</", at)) {
                if (at >= text.length()) {
                    throw unexpected();
                }
                if (text.charAt(at) == '<') {
                    children.add(element(depth + 1));
                } else {
                    words.append(character());
                }
            }
            expect("</" + name);
            skipBlanks();
            expect(">");
            return new Xml(name, words.toString().strip(), List.copyOf(children));
        }

        private String name() {
            int start = at;
            while (at < text.length()
                    && (Character.isLetterOrDigit(text.charAt(at)) || "_-.:".indexOf(text.charAt(at)) >= 0)) {
                at++;
            }
            if (start == at) {
                throw unexpected();
            }
            return text.substring(start, at);
        }

        private String character() {
            if (text.charAt(at) != '&') {
                return String.valueOf(text.charAt(at++));
            }
            int end = after(";");
            String entity = text.substring(at + 1, end - 1);
            String meaning = switch (entity) {
                case "amp" -> "&";
                case "lt" -> "<";
                case "gt" -> ">";
                case "quot" -> "\"";
                case "apos" -> "'";
                default -> numbered(entity);
            };
            at = end;
            return meaning;
        }

        private String numbered(String entity) {
            boolean hex = entity.startsWith("#x");
            if (!entity.matches(hex ? "#x[0-9A-Fa-f]{1,6}" : "#[0-9]{1,7}")) {
                throw unexpected();
            }
            int point = Integer.parseInt(entity.substring(hex ? 2 : 1), hex ? 16 : 10);
            if (!Character.isValidCodePoint(point)) {
                throw unexpected();
            }
            return Character.toString(point);
        }

        private void expect(String word) {
            if (!text.startsWith(word, at)) {
                throw unexpected();
            }
            at += word.length();
        }

        private int after(String word) {
            int found = text.indexOf(word, at);
            if (found < 0) {
                throw unexpected();
            }
            return found + word.length();
        }
    }
}
