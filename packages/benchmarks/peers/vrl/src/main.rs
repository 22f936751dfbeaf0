// Lines on standard input, a VRL program over each, one JSON document per line on standard output:
// what a remap transform of Vector does, without Vector around it.
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufWriter, Write};

use vrl::compiler::{compile, Context, TargetValue, TimeZone};
use vrl::compiler::state::RuntimeState;
use vrl::value::{Secrets, Value};

const PROGRAM: &str = ". = parse_aws_vpc_flow_log!(.message)";

fn main() -> io::Result<()> {
    let program = compile(PROGRAM, &vrl::stdlib::all()).expect("the program compiles").program;
    let zone = TimeZone::default();
    let mut state = RuntimeState::default();
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let mut event = BTreeMap::new();
        event.insert("message".into(), Value::from(line?));
        let mut target = TargetValue {
            value: Value::Object(event),
            metadata: Value::Object(BTreeMap::new()),
            secrets: Secrets::new(),
        };
        let mut context = Context::new(&mut target, &mut state, &zone);
        program.resolve(&mut context).expect("the line is a flow log");
        serde_json::to_writer(&mut output, &target.value)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
