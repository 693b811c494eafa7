//! Runs in this machine's own instructions, and in browsers in both builds of the
//! encoder.

use lemon_kernel_tests::{Numbers, fingerprint};
use lemon_model::index::scan;
use lemon_model::kernels::activation::Tiles;
use lemon_model::kernels::attention::Heads;
use lemon_model::kernels::float::{Norm, gelu, softmax};
use lemon_model::kernels::layer::{FeedForward, Output, Scratch, SelfAttention};
use lemon_model::kernels::weight::{BLOCK, HALF_ZERO, Weights};
use lemon_model::kernels::{
    COLUMNS, Code, KERNELS, Panel, ROWS, Rows, STEP, fastest, place, scalar, trial, widened,
};
use lemon_model::vector::DIM;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// What a layer of these numbers comes to, as computed on x86-64 without vectors.
const LAYER: u64 = 10_402_827_140_176_840_774;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn products_of_any_shape_equal_their_definition_to_the_bit() {
    let mut numbers = Numbers::new(7);
    for case in 0..400 {
        // Up to three chunks of rows, of the build whose chunks are largest.
        let (rows, inputs, outputs) = (numbers.size(150), numbers.size(70), numbers.size(40));
        let linear = numbers.linear(outputs, inputs);
        let size = numbers.float(20.0);
        let input = numbers.floats(rows * inputs, size);
        let mut output = vec![f32::NAN; rows * outputs];
        linear.apply(&input, &mut output, &mut Tiles::default());
        let want = linear.reference(&input);
        assert_eq!(
            bits(&output),
            bits(&want),
            "{case}: {rows} {inputs} {outputs}"
        );
    }
}

#[test]
fn the_largest_codes_neither_saturate_nor_overflow() {
    const DEPTH: usize = 1_536;
    let mut numbers = Numbers::new(1);
    let mut linear = numbers.linear(24, DEPTH);
    for (weight, activation) in [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)] {
        let weights = Weights::new(24, DEPTH, |_, row| {
            row.fill(weight);
        });
        linear.weights = weights.into();
        let input = vec![activation; 5 * DEPTH];
        let mut output = vec![f32::NAN; 5 * 24];
        linear.apply(&input, &mut output, &mut Tiles::default());
        assert_eq!(bits(&output), bits(&linear.reference(&input)));
    }
}

#[test]
fn a_scan_of_vectors_equals_its_definition() {
    let mut numbers = Numbers::new(5);
    for count in [0, 1, 2, 33] {
        let mut question = [0; DIM];
        question.fill_with(|| i16::from(numbers.activation()));
        let vectors: Vec<i8> = (0..count * DIM).map(|_| numbers.code()).collect();
        // The largest sums that there are.
        let extremes = [[-128; DIM], [127; DIM]].concat();
        for (vectors, question) in [(vectors, question), (extremes, [127; DIM])] {
            let mut found = vec![i32::MIN; vectors.len() / DIM];
            scan::products(&vectors, &question, &mut found);
            let (vectors, _) = vectors.as_chunks::<DIM>();
            let want = vectors.iter().map(|vector| scan::scalar(vector, &question));
            assert_eq!(found, want.collect::<Vec<_>>());
        }
    }
}

/// An engine takes one of them, by what its processor has; here all have their turn.
#[test]
fn every_kernel_of_a_build_equals_the_scalar_one_to_the_bit() {
    let mut numbers = Numbers::new(11);
    for case in 0..200 {
        let (tiles, steps) = (numbers.size(5) - 1, numbers.size(100) - 1);
        // A step or a tile that is not there as a whole is left out.
        let rest = numbers.size(STEP * ROWS) - 1;
        let codes = (0..tiles * steps * ROWS * STEP + rest).map(|_| numbers.activation());
        let codes: Vec<i8> = codes.collect();
        let rest = numbers.size(STEP * COLUMNS) - 1;
        let panel = (0..steps * COLUMNS * STEP + rest).map(|_| numbers.size(127));
        let panel: Vec<u8> = panel
            .map(|code| u8::try_from(code).unwrap_or_default())
            .collect();
        // One more or one less of each than tiles.
        let counts = [(); 3].map(|()| (tiles + numbers.size(3)).saturating_sub(2));
        let name = format!("{case}: {tiles} tiles of {steps} steps, {counts:?}");
        compare(counts, &codes, &panel, &mut numbers, &name);
    }
    for activation in [-127, 127] {
        for weight in [1, 127] {
            let codes = vec![activation; 384 * ROWS * STEP];
            let panel = vec![weight; 384 * COLUMNS * STEP];
            let name = format!("{activation} by {weight}");
            compare([1; 3], &codes, &panel, &mut numbers, &name);
        }
    }
    assert!(fastest() < KERNELS.len());
}

/// `codes` and `panel` are as the scalar kernel has them; there are scales, starts and room for
/// so many tiles.
fn compare(
    [scales, starts, room]: [usize; 3],
    codes: &[i8],
    panel: &[u8],
    numbers: &mut Numbers,
    name: &str,
) {
    // Rows may lie apart, with others between them that stay as they are.
    let stride = COLUMNS + numbers.size(9) - 1;
    let mut some = || numbers.float(1.0);
    let scales: Vec<[f32; ROWS]> = (0..scales).map(|_| [(); ROWS].map(|()| some())).collect();
    let [columns, bias] = [(); 2].map(|()| [(); COLUMNS].map(|()| some()));
    let starts = vec![[-7, 0, 7, 70_000]; starts];
    let mut want = vec![f32::NAN; room * ROWS * stride];
    let rows = Rows {
        codes,
        scales: &scales,
        starts: &starts,
    };
    let of_scalar = Panel {
        codes: panel,
        scales: &columns,
        bias: &bias,
    };
    scalar::multiply(rows, of_scalar, &mut want, stride);

    #[allow(clippy::useless_conversion, reason = "codes are wider in one build")]
    let codes: Vec<_> = codes.iter().map(|code| Code::from(*code)).collect();
    let mut placed = vec![0; panel.len()];
    for (step, placed) in panel
        .chunks_exact(COLUMNS * STEP)
        .zip(placed.chunks_exact_mut(COLUMNS * STEP))
    {
        for column in 0..COLUMNS {
            for input in 0..STEP {
                placed[place(column, input)] = step[scalar::place(column, input)];
            }
        }
    }
    let mut memory = Vec::new();
    let panel = Panel {
        codes: widened(&placed, &mut memory),
        scales: &columns,
        bias: &bias,
    };
    for kernel in KERNELS {
        let mut found = vec![f32::NAN; want.len()];
        let rows = Rows {
            codes: &codes,
            scales: &scales,
            starts: &starts,
        };
        (kernel.multiply)(rows, panel, &mut found, stride);
        assert_eq!(bits(&found), bits(&want), "{}, {name}", kernel.name);
    }
}

/// The model's own way to its weights against the definition's.
#[test]
fn weights_of_four_bits_are_those_they_stand_for() {
    let mut numbers = Numbers::new(3);
    for _ in 0..40 {
        let (outputs, blocks) = (numbers.size(30), numbers.size(4));
        let inputs = blocks * BLOCK;
        let halves: Vec<u8> = (0..outputs * inputs / 2)
            .map(|_| u8::try_from(numbers.size(256) - 1).unwrap_or_default())
            .collect();
        let factors = numbers.floats(outputs * blocks, 2.0);
        let found = Weights::of_halves(outputs, inputs, &halves, &factors);
        let want = Weights::new(outputs, inputs, |output, row| {
            for (at, weight) in row.iter_mut().enumerate() {
                let byte = halves[output * inputs / 2 + at / 2];
                let half = [byte & 0x0F, byte >> 4][at % 2];
                let factor = factors[output * blocks + at / BLOCK];
                *weight = (f32::from(half) - f32::from(HALF_ZERO)) * factor;
            }
        });
        assert!(found == want, "{outputs} by {inputs}");
    }
}

/// Everything between the products too: what an owner's browser computed must be what a
/// visitor's computes.
#[test]
fn a_layer_is_the_same_everywhere_to_the_bit() {
    let mut numbers = Numbers::new(42);
    let heads = Heads { count: 3, size: 32 };
    // More than one group, and a text that ends within a tile.
    let texts = [1, 7, 24, 121, 40];
    let (tokens, width, inner) = (193, heads.width(), 256);
    let mut rows = numbers.floats(tokens * width, 3.0);
    let qkv = numbers.linear(3 * width, width);
    let mut output = |inputs: usize| Output {
        product: numbers.linear(width, inputs),
        norm: Norm {
            gamma: numbers.floats(width, 2.0),
            beta: numbers.floats(width, 1.0),
            epsilon: 1e-12,
        },
    };
    let attention = SelfAttention {
        qkv,
        heads,
        output: output(width),
    };
    let output = output(inner);
    let forward = FeedForward {
        intermediate: numbers.linear(inner, width),
        output,
    };
    let mut scratch = Scratch::default();
    attention.apply(&mut rows, &texts, &mut scratch);
    forward.apply(&mut rows, &mut scratch);
    gelu(&mut rows);
    softmax(rows.as_chunks_mut::<8>().0);
    assert!(rows.iter().all(|value| value.is_finite()));
    assert_eq!(fingerprint(&rows), LAYER);
}

#[test]
fn what_each_worker_tries_at_its_start_is_passed() {
    assert!(trial::is_passed());
}

#[cfg(target_arch = "wasm32")]
#[test]
fn bytes_of_javascript_are_those_that_were_asked_for() {
    use js_sys::Uint8Array;
    use lemon_desk::outside::Outside;
    use lemon_model::contents::Contents;

    let mut numbers = Numbers::new(3);
    for length in [0, 1, 65_536, 200_001] {
        let bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(numbers.size(255)).unwrap_or_default())
            .collect();
        let outside = Outside::new(Uint8Array::from(&bytes[..]));
        assert_eq!(outside.length(), length);
        assert!(outside.all() == bytes, "{length}");
        for (start, end) in [
            (0, 0),
            (0, length),
            (length / 3, length / 2),
            (length, length),
            (length, length + 1),
            (1, 0),
            (0, usize::MAX),
        ] {
            // A range that ends before it starts is what a damaged file would ask for.
            #[allow(clippy::reversed_empty_ranges)]
            let wanted = bytes.get(start..end).map(<[u8]>::to_vec);
            assert!(
                outside.bytes(start..end) == wanted,
                "{start}..{end} of {length}"
            );
        }
    }
}
