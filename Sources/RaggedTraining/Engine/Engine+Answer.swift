import RaggedCore

/// What a pass of a batch through the model is asked for.
struct EngineRequest {
  /// What outputs are judged by; nil for outputs alone, which need no targets.
  var loss: Loss?
  var reduction = Reduction.meanPerTimestep
  var dropoutSeed: UInt64?
  /// A state for each direction of each LSTM, in order; empty means zeros.
  var states: [RecurrentState] = []
  /// The timestep of its sequence with which every row begins.
  var firstStep = 0
  /// Whether the last output of a row without timesteps is that of the batch before, which its state holds.
  var goesOn = false
  /// Whether the loss of each timestep, or row, is wanted.
  var wantsLosses = false
  /// Whether the model's outputs are wanted.
  var wantsOutputs = false
}

/// What a pass gives, besides the gradients of the weights.
struct EngineAnswer {
  var sum = LossSum()
  /// The states after each sequence; empty where none were given.
  var states: [RecurrentState] = []
  /// As the states of the request; empty where no gradients are wanted.
  var stateGradients: [RecurrentState] = []
  /// The loss of each timestep `[N]`, or of each row `[B]` for one output per sequence and for lists of labels, without
  /// weights.
  var losses: [Float] = []
  /// `[N, K]`, or `[B, K]` for one output per sequence.
  var outputs: [Float] = []
}

extension Engine {
  /// Outputs of a compacted batch: `[N, K]`, or `[B, K]` for a model with one output per sequence. States that are given
  /// become those after each sequence. With a seed they are the outputs of a training step, dropout and all.
  func outputs(
    _ batch: SequenceBatch, parameters: [Float], states: inout [RecurrentState], dropoutSeed: UInt64? = nil,
    firstStep: Int = 0
  ) -> [Float] {
    let answer = answer(
      batch, parameters: parameters,
      EngineRequest(dropoutSeed: dropoutSeed, states: states, firstStep: firstStep, wantsOutputs: true))
    states = answer.states
    return answer.outputs
  }

  /// Loss and gradients of a compacted batch; `gradients` has the order of the parameters and is overwritten.
  func step(
    _ batch: SequenceBatch, parameters: [Float], gradients: inout [Float],
    inputGradient: UnsafeMutablePointer<Float>? = nil, weights: LossWeights, _ request: EngineRequest
  ) -> EngineAnswer {
    gradients.withUnsafeMutableBufferPointer {
      answer(
        batch, parameters: parameters, gradients: $0.baseAddress, inputGradient: inputGradient, weights: weights,
        request)
    }
  }

  /// What each row's losses count, and what their sum is divided by.
  func weights(of batch: SequenceBatch, _ request: EngineRequest) -> LossWeights {
    if case .labels(let lists) = batch.targets {
      return LossWeights(labels: lists, of: batch, outputs: program.outputWidth)
    }
    return LossWeights(batch, reduction: request.reduction, isPerSequence: program.isPerSequence)
  }

  /// Everything that is asked of a compacted batch, from one pass through the model.
  /// - Parameters:
  ///   - gradients: where those of the weights go, in the order of the parameters; nil where none are wanted.
  ///   - inputGradient: where that of the numbers as the first layer sees them goes, `[N, F]`; needs `gradients`.
  ///   - staticGradient: where that of the numbers per sequence goes, `[B, F]`, zeros so far; needs `gradients`.
  ///   - weights: those of the batch unless it is a part of a larger one.
  func answer(
    _ batch: SequenceBatch, parameters: [Float], gradients: UnsafeMutablePointer<Float>? = nil,
    inputGradient: UnsafeMutablePointer<Float>? = nil, staticGradient: UnsafeMutablePointer<Float>? = nil,
    weights: LossWeights? = nil, _ request: EngineRequest
  ) -> EngineAnswer {
    var answer = EngineAnswer()
    let items = program.isPerSequence ? batch.count : batch.timesteps
    let (outputCount, lossCount) = (
      request.wantsOutputs ? items * program.outputWidth : 0,
      request.wantsLosses ? request.loss == .ctc ? batch.count : items : 0
    )
    var losses: [Float] = []
    let outputs = [Float](unsafeUninitializedCapacity: outputCount) { outputs, initialized in
      losses = [Float](unsafeUninitializedCapacity: lossCount) { losses, initialized in
        answer = pass(
          batch, parameters: parameters, gradients: gradients, inputGradient: inputGradient,
          staticGradient: staticGradient, outputs: outputCount > 0 ? outputs.baseAddress : nil,
          losses: lossCount > 0 ? losses.baseAddress : nil,
          weights: weights ?? self.weights(of: batch, request), request)
        initialized = lossCount
      }
      initialized = outputCount
    }
    (answer.outputs, answer.losses) = (outputs, losses)
    return answer
  }

  private func pass(
    _ batch: SequenceBatch, parameters: [Float], gradients: UnsafeMutablePointer<Float>?,
    inputGradient: UnsafeMutablePointer<Float>?, staticGradient: UnsafeMutablePointer<Float>?,
    outputs: UnsafeMutablePointer<Float>?, losses: UnsafeMutablePointer<Float>?, weights: LossWeights,
    _ request: EngineRequest
  ) -> EngineAnswer {
    let scale = request.reduction == .sum ? 1 : weights.total == 0 ? 0 : Float(1 / weights.total)
    let blocks = Block.cut(lengths: batch.lengths)
    var sums = [LossSum](repeating: LossSum(), count: blocks.count)
    var result = EngineAnswer()
    let judged = request.loss.map { JudgedProgram(program, $0) }
    batch.withView { view, targets in
      var view = view
      view.scales = scales
      (view.inputGradient, view.staticGradient) = (inputGradient, staticGradient)
      view.firstStep = request.firstStep
      view.goesOn = request.goesOn
      let states = request.states.withViews(program.states, wantsGradients: gradients != nil) { stateViews in
        parameters.withUnsafeBufferPointer { parameters in
          weights.rows.withUnsafeBufferPointer { rowWeights in
            sums.withUnsafeMutableBufferPointer { sums in
              guard let parameters = parameters.baseAddress, let rowWeights = rowWeights.baseAddress else { return }
              run(blocks, parameters: parameters, gradients: gradients) { pass in
                let context = context(
                  pass, batch: view, parameters: parameters, states: stateViews, dropoutSeed: request.dropoutSeed)
                let y = forward(context, judged?.operations ?? program.operations)
                guard let judged else {
                  if let outputs { scatter(context, y, to: outputs) }
                  return
                }
                let dy = gradients == nil ? nil : pass.arena.plane(rows: y.rows, width: y.width)
                if let whole = judged.whole {
                  sums[pass.index] = whole.judge(
                    context, y, dy: dy, losses: losses, targets: targets, weights: rowWeights, scale: scale)
                } else {
                  let planes = TargetPlanes(
                    context, targets: targets, weights: rowWeights, isPerSequence: program.isPerSequence)
                  let rows = losses == nil ? nil : pass.arena.floats(y.rows)
                  sums[pass.index] = planes.judge(context, judged.code, y, dy: dy, losses: rows, scale: scale)
                  if let rows, let losses {
                    scatter(context, Plane(base: rows, stride: 1, rows: y.rows, width: 1), to: losses)
                  }
                }
                if let outputs, case .crf(let crf)? = judged.whole {
                  scatter(context, crf.forward(context, y), to: outputs)
                } else if let outputs {
                  // In place: the way back through a linear layer does not look at what came out of it.
                  judged.lastActivation?.activate(context, y)
                  scatter(context, y, to: outputs)
                }
                if let dy { backward(context, judged.operations, dy) }
              }
            }
          }
        }
      }
      (result.states, result.stateGradients) = states
    }
    for sum in sums { result.sum += sum }
    (result.sum.weight, result.sum.isSum) = (weights.total, request.reduction == .sum)
    return result
  }

  /// The output of each sequence that follows from a recurrent layer that shows zeros: what a masked step has before the
  /// first real one, `[B, K]`.
  func blankOutputs(_ batch: SequenceBatch, parameters: [Float]) -> [Float] {
    let width = program.outputWidth
    guard program.tailStart < program.operations.count, !program.isPerSequence else {
      return Array(repeating: 0, count: batch.count * width)
    }
    // A timestep each, of whose cells nothing is looked at.
    let blocks = Block.cut(lengths: Array(repeating: 1, count: batch.count))
    return [Float](unsafeUninitializedCapacity: batch.count * width) { result, initialized in
      initialized = batch.count * width
      guard let target = result.baseAddress.map(SharedPointer.init) else { return }
      batch.withView { view, _ in
        var view = view
        view.scales = scales
        parameters.withUnsafeBufferPointer { parameters in
          guard let parameters = parameters.baseAddress else { return }
          run(blocks, parameters: parameters, gradients: nil) { pass in
            let context = context(pass, batch: view, parameters: parameters)
            var plane = pass.arena.plane(rows: pass.block.rows.count, width: program.tailWidth)
            plane.clear()
            for operation in program.operations[program.tailStart...] { plane = operation.forward(context, plane) }
            for (sequence, row) in pass.block.rows.enumerated() {
              (target.pointer + row * width).update(from: plane.row(sequence), count: width)
            }
          }
        }
      }
    }
  }

  private func forward(_ context: BlockContext, _ operations: [any Operation]) -> Plane {
    var plane = Plane(base: context.arena.floats(1), stride: 0, rows: 0, width: 0)
    for operation in operations { plane = operation.forward(context, plane) }
    return plane
  }

  private func backward(_ context: BlockContext, _ operations: [any Operation], _ dy: Plane) {
    var gradient: Plane? = dy
    for operation in operations.reversed() {
      guard let current = gradient else { return }
      gradient = operation.backward(context, current)
    }
  }

  private func scatter(_ context: BlockContext, _ y: Plane, to outputs: UnsafeMutablePointer<Float>) {
    let width = y.width
    guard program.isPerSequence else {
      context.forEachTimestep { row, item in (outputs + item * width).update(from: y.row(row), count: width) }
      return
    }
    for (sequence, row) in context.block.rows.enumerated() {
      (outputs + row * width).update(from: y.row(sequence), count: width)
    }
  }
}

extension SequenceBatch {
  /// Pointers into the batch's buffers for the time of a call.
  fileprivate func withView(_ body: (BatchView, TargetView) -> Void) {
    let width: Int? =
      switch targets {
      case .valuesPerSequence(_, let width), .valuesPerTimestep(_, let width): width
      case .none, .classPerSequence, .classPerTimestep, .labels: nil
      }
    input.withView { input in
      statics.withView { statics in
        offsets.withUnsafeBufferPointer { offsets in
          ids.withUnsafeBufferPointer { ids in
            targets.classes.withUnsafeBufferPointer { classes in
              targets.values.withUnsafeBufferPointer { targetValues in
                guard let offsets = offsets.baseAddress, let ids = ids.baseAddress else { return }
                var target = TargetView(
                  classes: width == nil ? classes.baseAddress : nil,
                  values: width == nil ? nil : targetValues.baseAddress, width: width)
                let view = BatchView(input: input, statics: statics, timesteps: timesteps, offsets: offsets, ids: ids)
                guard let lists = targets.labelLists else { return body(view, target) }
                lists.codes.withUnsafeBufferPointer { labels in
                  lists.offsets.withUnsafeBufferPointer { labelOffsets in
                    (target.labels, target.labelOffsets) = (labels.baseAddress, labelOffsets.baseAddress)
                    body(view, target)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

extension BatchCells {
  /// Pointers to the cells for the time of a call.
  fileprivate func withView(_ body: (CellsView) -> Void) {
    values.withUnsafeBufferPointer { values in
      codes.withUnsafeBufferPointer { codes in
        func call(_ observed: UnsafePointer<Bool>?) {
          body(CellsView(values: values.baseAddress, codes: codes.baseAddress, observed: observed))
        }
        guard let observed else { return call(nil) }
        observed.withUnsafeBufferPointer { call($0.baseAddress) }
      }
    }
  }
}
