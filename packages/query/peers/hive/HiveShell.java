import java.nio.charset.StandardCharsets;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.ql.Context;
import org.apache.hadoop.hive.ql.parse.ParseDriver;
import org.apache.hadoop.hive.ql.parse.ParseException;

/** Parses the statements of its input, with NUL between them, and prints the tree of each, or what is wrong. */
public final class HiveShell {
  public static void main(String[] arguments) throws Exception {
    HiveConf conf = new HiveConf();
    // A context asks for them; nothing is written there.
    conf.set("_hive.hdfs.session.path", "/nowhere");
    conf.set("_hive.local.session.path", "/nowhere");
    Context context = new Context(conf);
    String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    for (String statement : input.split("\u0000")) {
      System.out.println("ANSWER " + answer(statement, context));
    }
  }

  private static String answer(String statement, Context context) {
    try {
      return new ParseDriver().parse(statement, context, false).toStringTree();
    } catch (ParseException problem) {
      return "FAILED " + problem.getMessage();
    }
  }
}
