// Guest.java - what the programs import: their argument, and output through one buffer.
//
// SPDX-License-Identifier: MIT
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

final class Guest {
  static String[] args;
  private static final BufferedOutputStream out =
      new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 65536);

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static void write(byte[] bytes, int from, int count) {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void print(String text) {
    write(bytes(text), 0, text.length());
  }

  static void print_i32(int n) {
    print(Integer.toString(n));
  }

  static void print_char(int c) {
    print(String.valueOf((char) c));
  }

  static void print_f64(double x, int digits) {
    print(new BigDecimal(x).setScale(digits, RoundingMode.HALF_EVEN).toPlainString());
  }

  static int arg_i32(int i, int otherwise) {
    return args.length > i ? Integer.parseInt(args[i]) : otherwise;
  }

  static void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
