package jflannel.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Family;

/// Which algorithms encrypt pods' packets, in strongSwan's words: `aes128gcm16-sha256-prfsha256-ecp256`. What they
/// add to a packet follows from the cipher, which comes first, and, for ciphers that need one, from the hash.
///
/// @param text as it is given to charon
/// @param ivBytes of the initialization vector in each packet
/// @param blockBytes to which the cipher pads
/// @param checksumBytes of the integrity check at the end of each packet
public record EspProposal(String text, int ivBytes, int blockBytes, int checksumBytes) {
    /// ESP (RFC 4303): the header before, and the length of the padding and the next header at the end.
    private static final int HEADER = 8;

    private static final int TRAILER = 2;
    /// What ESP aligns to whatever the cipher is.
    private static final int LEAST_BLOCK = 4;

    private static final int UDP_HEADER = 8;
    /// What Go flannel subtracts for IPv4: the most that AES-CBC with SHA-256 can add. Nodes should agree.
    private static final int USUAL = 77;

    private static final int GCM_IV = 8;
    private static final Pattern WHOLE = Pattern.compile("[a-z0-9_]{1,40}(-[a-z0-9_]{1,40}){0,20}");
    /// Ciphers that check integrity themselves; the group is the length of the check, in bytes.
    private static final Pattern AEAD = Pattern.compile("aes(?:128|192|256)[gc]cm(8|12|16)");
    private static final Pattern BLOCKS_OF_16 = Pattern.compile("(?:aes|camellia)(?:128|192|256)?");
    private static final Pattern COUNTER = Pattern.compile("(?:aes|camellia)(?:128|192|256)ctr");

    /// @throws IllegalArgumentException with what is wrong, as a sentence
    public static EspProposal parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("Give names of algorithms with hyphens between them.");
        }
        List<String> words = new ArrayList<>(List.of(text.split("-")));
        String cipher = words.removeFirst();
        Matcher aead = AEAD.matcher(cipher);
        if (aead.matches()) {
            return new EspProposal(text, GCM_IV, LEAST_BLOCK, Integer.parseInt(aead.group(1)));
        }
        if (cipher.equals("chacha20poly1305")) {
            return new EspProposal(text, GCM_IV, LEAST_BLOCK, 16);
        }
        int check = words.stream().mapToInt(EspProposal::checksum).max().orElse(0);
        if (check == 0) {
            throw new IllegalArgumentException(
                    "%s does not protect packets from changes by itself: add a hash, as in %s-sha256-ecp256."
                            .formatted(cipher, cipher));
        }
        if (BLOCKS_OF_16.matcher(cipher).matches()) {
            return new EspProposal(text, 16, 16, check);
        }
        if (COUNTER.matcher(cipher).matches()) {
            return new EspProposal(text, GCM_IV, LEAST_BLOCK, check);
        }
        throw new IllegalArgumentException(
                cipher + " is no cipher that flannel knows. Give one such as aes128gcm16, aes256gcm16,"
                        + " chacha20poly1305, or aes256 with sha256.");
    }

    /// What charon calls the hashes of ESP, and how much of each it sends (RFC 2404, 3566, 4494, 4868).
    private static int checksum(String word) {
        return switch (word) {
            case "sha1", "sha", "aesxcbc", "aescmac", "sha256_96", "sha2_256_96" -> 12;
            case "sha256", "sha2_256" -> 16;
            case "sha384", "sha2_384" -> 24;
            case "sha512", "sha2_512" -> 32;
            default -> 0;
        };
    }

    /// What it adds to a packet at most, in bytes, with the outer IP header; never less than what Go flannel
    /// subtracts.
    ///
    /// @param outer the family of the hosts' addresses
    /// @param inUdp true if UDP carries ESP
    public int overhead(Family outer, boolean inUdp) {
        int padding = Math.max(blockBytes, LEAST_BLOCK) - 1;
        int own = Family.IPV4.headerBytes() + HEADER + ivBytes + padding + TRAILER + checksumBytes;
        return Math.max(own, USUAL) + outer.headerBytes() - Family.IPV4.headerBytes() + (inUdp ? UDP_HEADER : 0);
    }
}
