package jflannel.kernel;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// Whatever bytes come over netlink are read, or called a bad message.
class NetlinkFuzzTest {
    @FuzzTest
    void message(byte[] data) {
        CodecFuzzTest.readAll(data);
    }
}
