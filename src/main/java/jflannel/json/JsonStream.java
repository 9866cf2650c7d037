package jflannel.json;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads JSON from a stream while it arrives, and keeps nothing of what nobody asks for: most of an API server's
/// answer is passed over, so passing over is what this does fastest.
///
/// The reader stands at a value. [#string], [#integer], [#object], [#array] and [#skip] each take that one value; a
/// value of another type than was asked for is passed over and counts as empty. What is passed over is hardly checked:
/// its strings must end, and its brackets must match in number.
///
/// A stream may hold several values, one after the other. Never reads further than it must: a value that has arrived
/// is given out although the next may take hours.
public final class JsonStream {
    private static final int BUFFER = 16 * 1024;
    private static final int DEEPEST = 200;
    private static final int LONGEST_STRING = 1 << 20;
    private static final int MOST_DIGITS = 32;
    private static final int END = -1;

    private final InputStream in;
    private final byte[] buffer;
    private int at;
    private int end;
    private int depth;
    /// True while a callback has not taken the value that it was called for.
    private boolean untouched;

    /// What is done with the fields of an object.
    @FunctionalInterface
    public interface OnField {
        /// The reader stands at the field's value. It is passed over if this leaves it alone.
        void read(String name) throws IOException;
    }

    /// What is done with the elements of an array.
    @FunctionalInterface
    public interface OnElement {
        /// The reader stands at the element. It is passed over if this leaves it alone.
        void read() throws IOException;
    }

    public JsonStream(InputStream in) {
        this(in, BUFFER);
    }

    JsonStream(InputStream in, int bufferSize) {
        this.in = in;
        this.buffer = new byte[bufferSize];
    }

    /// Waits until something can be read, or the stream ends. How long is the stream's business; if it loses patience,
    /// nothing is lost.
    public void await() throws IOException {
        if (at == end) {
            fill();
        }
    }

    /// True if no further value follows. Waits for the beginning of one, or the end.
    public boolean isAtEnd() throws IOException {
        return peek() == END;
    }

    /// Goes through an object.
    ///
    /// @return false if the value was another one
    public boolean object(OnField each) throws IOException {
        if (!opens('{')) {
            return false;
        }
        if (!taken('}')) {
            do {
                if (peek() != '"') {
                    throw wrong("the name of a field was expected");
                }
                String name = text();
                expect(':');
                untouched = true;
                each.read(name);
                passOver();
            } while (taken(','));
            expect('}');
        }
        depth--;
        return true;
    }

    /// Passes over blanks.
    ///
    /// @throws MalformedJsonException if anything but the end of the stream follows
    public void end() throws IOException {
        if (!isAtEnd()) {
            throw wrong("more than one value");
        }
    }

    /// Goes through an array.
    public void array(OnElement each) throws IOException {
        if (!opens('[')) {
            return;
        }
        if (!taken(']')) {
            do {
                untouched = true;
                each.read();
                passOver();
            } while (taken(','));
            expect(']');
        }
        depth--;
    }

    /// The string, or "" for another value.
    public String string() throws IOException {
        if (peek() == '"') {
            untouched = false;
            return text();
        }
        skip();
        return "";
    }

    /// The number, or 0 for another value or what is no int.
    public int integer() throws IOException {
        int first = peek();
        if (first != '-' && (first < '0' || first > '9')) {
            skip();
            return 0;
        }
        untouched = false;
        try {
            return Integer.parseInt(number());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /// The value, whatever it is, as [Json] has it. For small parts of which every field matters.
    public Object value() throws IOException {
        switch (peek()) {
            case '{' -> {
                Map<String, Object> object = new TreeMap<>();
                object(name -> object.put(name, value()));
                return object;
            }
            case '[' -> {
                List<Object> array = new ArrayList<>();
                array(() -> array.add(value()));
                return array;
            }
            case '"' -> {
                return string();
            }
            default -> {
                untouched = false;
                String word = number();
                return switch (word) {
                    case "" -> throw wrong("a value was expected");
                    case "true" -> true;
                    case "false" -> false;
                    case "null" -> null;
                    default -> new Json.Number(word);
                };
            }
        }
    }

    /// Passes over the value.
    public void skip() throws IOException {
        untouched = false;
        int open = 0;
        do {
            int c = peek();
            switch (c) {
                case '"' -> skipString();
                case '{', '[' -> {
                    at++;
                    open++;
                }
                case '}', ']' -> {
                    if (open == 0) {
                        throw wrong("a value was expected");
                    }
                    at++;
                    open--;
                }
                case ',', ':' -> {
                    if (open == 0) {
                        throw wrong("a value was expected");
                    }
                    at++;
                }
                case END -> throw wrong("it ends too early");
                default -> skipWord();
            }
        } while (open > 0);
    }

    private void passOver() throws IOException {
        if (untouched) {
            skip();
        }
    }

    /// Goes into an object or an array, or passes over another value.
    private boolean opens(char bracket) throws IOException {
        if (peek() != bracket) {
            skip();
            return false;
        }
        untouched = false;
        at++;
        if (++depth > DEEPEST) {
            throw wrong("more than " + DEEPEST + " levels");
        }
        return true;
    }

    /// The digits of a number, as far as they can matter.
    private String number() throws IOException {
        StringBuilder digits = new StringBuilder();
        while ((at < end || fill()) && isOfWord(buffer[at])) {
            if (digits.length() < MOST_DIGITS) {
                digits.append((char) buffer[at]);
            }
            at++;
        }
        return digits.toString();
    }

    /// A number, true, false or null.
    private void skipWord() throws IOException {
        if (!isOfWord(buffer[at])) {
            throw wrong("a value was expected");
        }
        while ((at < end || fill()) && isOfWord(buffer[at])) {
            at++;
        }
    }

    private static boolean isOfWord(byte c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'E';
    }

    private void skipString() throws IOException {
        at++;
        while (true) {
            while (at < end) {
                byte c = buffer[at++];
                if (c == '"') {
                    return;
                }
                if (c == '\\') {
                    next();
                }
            }
            if (!fill()) {
                throw wrong("a string without an end");
            }
        }
    }

    /// The string at whose first quote the reader stands.
    private String text() throws IOException {
        at++;
        int from = at;
        for (int i = from; i < end; i++) { // nearly every string lies in the buffer, plain
            byte c = buffer[i];
            if (c == '"') {
                at = i + 1;
                return new String(buffer, from, i - from, StandardCharsets.ISO_8859_1);
            }
            if (c == '\\' || c < ' ') { // bytes of other characters than ASCII's are negative
                break;
            }
        }
        return longText();
    }

    private String longText() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int c;
        while ((c = next()) != '"') {
            if (c >= 0 && c < ' ') {
                throw wrong("a control character in a string");
            }
            if (c == '\\') {
                escaped(text);
            } else {
                text.write(c);
            }
            if (text.size() > LONGEST_STRING) {
                throw wrong("a string of more than " + LONGEST_STRING + " bytes");
            }
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private void escaped(ByteArrayOutputStream text) throws IOException {
        int c = next();
        switch (c) {
            case '"', '\\', '/' -> text.write(c);
            case 'b' -> text.write('\b');
            case 'f' -> text.write('\f');
            case 'n' -> text.write('\n');
            case 'r' -> text.write('\r');
            case 't' -> text.write('\t');
            case 'u' -> unicode(text);
            default -> throw wrong("an unknown escape in a string");
        }
    }

    /// What lies beyond the basic plane comes as two escapes.
    private void unicode(ByteArrayOutputStream text) throws IOException {
        char first = hexadecimal();
        String characters = String.valueOf(first);
        if (Character.isHighSurrogate(first)) {
            if (next() != '\\' || next() != 'u') {
                throw wrong("half of a character in a string");
            }
            characters += hexadecimal();
        }
        text.writeBytes(characters.getBytes(StandardCharsets.UTF_8)); // what is no character becomes a '?'
    }

    private char hexadecimal() throws IOException {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) {
                throw wrong("four hexadecimal digits were expected");
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    /// The next character that is no blank, without taking it.
    private int peek() throws IOException {
        while (at < end || fill()) {
            byte c = buffer[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c == END ? 0 : c;
            }
            at++;
        }
        return END;
    }

    private boolean taken(char c) throws IOException {
        boolean there = peek() == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void expect(char c) throws IOException {
        if (!taken(c)) {
            throw wrong("'" + c + "' was expected");
        }
    }

    /// The next byte of a string.
    private byte next() throws IOException {
        if (at == end && !fill()) {
            throw wrong("a string without an end");
        }
        return buffer[at++];
    }

    /// @return false at the end
    private boolean fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(0, count);
        return count > 0;
    }

    private static MalformedJsonException wrong(String fault) {
        return new MalformedJsonException(fault);
    }
}
