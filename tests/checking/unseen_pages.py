"""More derivations in the conventions of other books: the setting, what is right in it, what is wrong."""

from __future__ import annotations

MORE: dict[str, tuple[str, list[str], list[str]]] = {
    "an error called e beside Euler's number": (
        r"""
given = '''
  a = \sum_i w_i x_i
  y = \frac{1}{1 + e^{-a}}
  G = -\sum_{n=1}^N \left[ t \ln y + (1 - t) \ln(1 - y) \right]
  E_W = \frac12 \sum_i w_i^2
  M = G + \alpha E_W
  e = t - y
  g_j = \frac{\partial G}{\partial w_j}
'''
[shapes]
'x_i' = 'scalar per example'
't' = 'scalar per example'
[index]
'n' = 'example 1..N'
""",
        [
            r"g_j = -\sum_{n=1}^N (t^{(n)} - y^{(n)}) x_j^{(n)} = -\sum_{n} e^{(n)} x^{(n)}_j",
            r"\frac{\partial E_W}{\partial w_j} = w_j",
            r"\frac{\partial M}{\partial w_j} = g_j + \alpha w_j",
            r"\frac{\partial y}{\partial a} = y (1 - y)",
            r"\frac{\partial G}{\partial y^{(n)}} = -\frac{t^{(n)}}{y^{(n)}} + \frac{1 - t^{(n)}}{1 - y^{(n)}}",
        ],
        [
            r"g_j = \sum_{n=1}^N (t^{(n)} - y^{(n)}) x_j^{(n)}",
            r"\frac{\partial M}{\partial w_j} = g_j + 2 \alpha w_j",
            r"\frac{\partial y}{\partial a} = a (1 - a)",
        ],
    ),
    "a function as a value": (
        r"""
given = '''
  a_n = \sum_j w_j \phi_{nj}
  y_n = \sigma(a_n)
  E = -\sum_{n=1}^N \{ t_n \ln y_n + (1 - t_n) \ln(1 - y_n) \}
'''
[functions]
'\sigma' = 'sigmoid'
[index]
'n' = 'example 1..N'
""",
        [
            r"\frac{d\sigma}{da} = \sigma (1 - \sigma)",
            (
                r"\frac{\partial E}{\partial y_n} = \frac{1 - t_n}{1 - y_n} - \frac{t_n}{y_n} = \frac{y_n -"
                r" t_n}{y_n (1 - y_n)}"
            ),
            r"\frac{\partial y_n}{\partial a_n} = y_n (1 - y_n)",
            (
                r"\frac{\partial E}{\partial w_j} = \sum_{n=1}^N \frac{\partial E}{\partial y_n} \frac{\partial"
                r" y_n}{\partial a_n} \phi_{nj} = \sum_{n=1}^N (y_n - t_n) \phi_{nj}"
            ),
            r"\frac{\partial E}{\partial a_n} = y_n - t_n",
        ],
        [
            r"\frac{\partial E}{\partial w_j} = \sum_{n=1}^N (t_n - y_n) \phi_{nj}",
            r"\frac{\partial E}{\partial w_j} = (y_n - t_n) \phi_{nj}",
            r"\frac{\partial E}{\partial w_j} = \frac1N \sum_{n=1}^N (y_n - t_n) \phi_{nj}",
        ],
    ),
    "an entry of the identity": (
        r"""
given = '''
  a_{nk} = \sum_j w_{kj} \phi_{nj}
  y_{nk} = \frac{\exp(a_{nk})}{\sum_j \exp(a_{nj})}
  E = -\sum_{n=1}^N \sum_{k=1}^K t_{nk} \ln y_{nk}
  \sum_k t_{nk} = 1
'''
[index]
'n' = 'example 1..N'
""",
        [
            r"\frac{\partial y_{nk}}{\partial a_{nj}} = y_{nk} (I_{kj} - y_{nj})",
            (
                r"\frac{\partial E}{\partial a_{nj}} = -\sum_{k=1}^K \frac{t_{nk}}{y_{nk}} y_{nk} (I_{kj} -"
                r" y_{nj}) = y_{nj} - t_{nj}"
            ),
            r"\frac{\partial E}{\partial w_{ji}} = \sum_{n=1}^N (y_{nj} - t_{nj}) \phi_{ni}",
        ],
        [
            r"\frac{\partial E}{\partial w_{ji}} = \sum_{n=1}^N (y_{ni} - t_{ni}) \phi_{nj}",
            r"\frac{\partial y_{nk}}{\partial a_{nj}} = y_{nk} (1 - y_{nj})",
        ],
    ),
    "a design matrix and a penalty as a product": (
        r"""
given = '''
  \mathbf a = \boldsymbol\Phi \mathbf w
  \mathbf y = \sigma(\mathbf a)
  E(\mathbf w) = \frac12 \|\mathbf y - \mathbf t\|^2 + \frac\alpha2 \mathbf w^T \mathbf w
'''
[functions]
'\sigma' = 'any'
[shapes]
'\boldsymbol\Phi' = 'N x M'
[conventions]
vectors = 'columns'
""",
        [
            (
                r"\frac{\partial E}{\partial \mathbf a} = (\mathbf y - \mathbf t) \odot \sigma'(\boldsymbol\Phi"
                r" \mathbf w)"
            ),
            (
                r"\nabla_{\mathbf w} E = \boldsymbol\Phi^T \operatorname{diag}(\sigma'(\mathbf a)) (\mathbf y -"
                r" \mathbf t) + \alpha \mathbf w"
            ),
        ],
        [
            r"\nabla_{\mathbf w} E = \boldsymbol\Phi^T (\mathbf y - \mathbf t) + \alpha \mathbf w",
        ],
    ),
    "tied weights": (
        r"""
given = '''
  u = W x + b
  h = s(u)
  v = W^\top h + c
  r = s(v)
  \ell = \|r - x\|^2
  \delta_v = \frac{\partial \ell}{\partial v}
  \delta_u = \frac{\partial \ell}{\partial u}
'''
[functions]
's' = 'any'
[shapes]
'W' = 'p x d'
'x' = 'd'
[conventions]
vectors = 'columns'
""",
        [
            r"\delta_v = 2 (r - x) \odot s'(v)",
            r"\delta_u = (W \delta_v) \odot s'(u)",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top + h \delta_v^\top",
            r"\frac{\partial \ell}{\partial b} = \delta_u",
            r"\frac{\partial \ell}{\partial c} = \delta_v",
            r"\frac{\partial \ell}{\partial x} = W^\top \delta_u - 2 (r - x)",
        ],
        [
            r"\delta_u = (W^\top \delta_v) \odot s'(u)",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top",
            r"\frac{\partial \ell}{\partial W} = \delta_u x^\top + \delta_v h^\top",
            r"\frac{\partial \ell}{\partial x} = W^\top \delta_u",
        ],
    ),
    "rows, a maximum, a penalty": (
        r"""
given = '''
  U = X W_1 + b_1
  H = \max(0, U)
  S = H W_2 + b_2
  P = \operatorname{softmax}(S)
  L = -\frac1N \sum_{i=1}^N \sum_c Y_{ic} \log P_{ic} + \frac\lambda2 \left( \|W_1\|_F^2 + \|W_2\|_F^2 \right)
  \sum_c Y_{ic} = 1
  dS = \frac{\partial L}{\partial S}
  dH = \frac{\partial L}{\partial H}
  dU = \frac{\partial L}{\partial U}
'''
[shapes]
'X' = 'N x D'
'Y' = 'N x C'
'b_1' = '1 x M'
'b_2' = '1 x C'
[index]
'i' = 'example 1..N'
[conventions]
vectors = 'rows'
examples = 'rows'
""",
        [
            r"dS = \frac1N (P - Y)",
            r"dS_{ic} = \frac{P_{ic} - Y_{ic}}{N}",
            r"\frac{\partial L}{\partial W_2} = H^T dS + \lambda W_2",
            r"\frac{\partial L}{\partial b_2} = \sum_{i=1}^N dS_{i,:}",
            r"dH = dS\, W_2^T",
            r"dU = dH \odot \mathbb I[U > 0]",
            r"dU = dH \odot \mathbb 1[H > 0]",
            r"\frac{\partial L}{\partial W_1} = X^T dU + \lambda W_1",
            r"\frac{\partial L}{\partial b_1} = \mathbf 1^T dU",
        ],
        [
            r"dS = P - Y",
            r"\frac{\partial L}{\partial W_2} = dS^T H + \lambda W_2",
            r"\frac{\partial L}{\partial W_2} = H^T dS",
            r"\frac{\partial L}{\partial b_2} = \frac1N \sum_{i=1}^N dS_{i,:}",
            r"dU = dH \odot U",
            r"\frac{\partial L}{\partial W_1} = X^T dU + 2 \lambda W_1",
        ],
    ),
    "a matrix by its entries": (
        r"""
given = '''
  w_i = \sum_k A_{ik} v_k + b_i
  \ell = \frac12 \sum_i (w_i - t_i)^2
'''
[index]
""",
        [
            r"\frac{\partial w_i}{\partial b_j} = \delta_{ij}",
            r"\frac{\partial w_i}{\partial A_{jk}} = \delta_{ij} v_k",
            (
                r"\frac{\partial \ell}{\partial A_{jk}} = \sum_i (w_i - t_i) \frac{\partial w_i}{\partial"
                r" A_{jk}} = (w_j - t_j) v_k"
            ),
            r"\frac{\partial \ell}{\partial v_k} = \sum_i (w_i - t_i) A_{ik}",
        ],
        [
            r"\frac{\partial w_i}{\partial A_{jk}} = \delta_{ik} v_j",
            r"\frac{\partial \ell}{\partial v_k} = \sum_i (w_i - t_i) A_{ki}",
            r"\frac{\partial \ell}{\partial A_{jk}} = (w_j - t_j) v_j",
        ],
    ),
}
