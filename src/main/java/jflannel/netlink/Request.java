package jflannel.netlink;

/// One message to the kernel.
///
/// @param type RTM_* number, or one of nfnetlink: the subsystem in the upper byte
/// @param flags NLM_F_* flags beyond NLM_F_REQUEST
/// @param body the struct and attributes after the message header
/// @param verb for error messages
/// @param object for error messages; turned into text only if the kernel refuses
public record Request(int type, int flags, byte[] body, String verb, Object object) {
    public String words() {
        return verb + " " + object;
    }
}
